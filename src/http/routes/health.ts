import { z } from 'zod';
import type { Answer } from '../out/answer.ts';
import { JSON_TYPE } from '../out/json-answer.ts';
import { route } from '../route.ts';

const liveness = z.object({ status: z.string().meta({ examples: ['ok', 'starting'] }) }).meta({ id: 'Liveness' });

export const livez = route({
  id: 'livez',
  tag: 'Operations',
  method: 'GET',
  path: '/livez',
  access: 'anyone',
  summary: 'Whether the process answers, and has started',
  description:
    'A process has started once its views were level with the event log for the first time. From then on this is 200 for as long as it answers.',
  answers: {
    200: { description: 'It does, and has.', body: liveness, examples: { ok: { status: 'ok' } } },
    503: {
      description: 'It has not started. This is no problem document, but the same object as for 200.',
      body: liveness,
      headers: ['Retry-After'],
      examples: { starting: { status: 'starting' } },
    },
  },
  problems: [],
  async handle(_, { follower }) {
    const { hasStarted } = follower.status();
    const body = JSON.stringify({ status: hasStarted ? 'ok' : 'starting' });
    return hasStarted ? { status: 200, contentType: JSON_TYPE, body } : unavailable(body);
  },
});

const readiness = z.object({ status: z.string().meta({ examples: ['ready', 'not ready'] }) }).meta({ id: 'Readiness' });

/** Anybody may ask, so that it tells nothing but yes or no: the operations listener does. */
export const readyz = route({
  id: 'readyz',
  tag: 'Operations',
  method: 'GET',
  path: '/readyz',
  access: 'anyone',
  summary: 'Whether the service is ready for requests',
  description:
    'Yes or no. Ready means that the event log and the read model can be read, that the last append and the last list worked, and that the projector ' +
    'runs and has caught up. If it is not ready, the listener for operators says why.',
  answers: {
    200: { description: 'It is ready.', body: readiness, examples: { ready: { status: 'ready' } } },
    503: {
      description: 'It is not. This is no problem document, but the same object as for 200.',
      body: readiness,
      headers: ['Retry-After'],
      examples: { 'not-ready': { status: 'not ready' } },
    },
  },
  problems: [],
  handle: async (_, services) => readinessAnswer((await services.health()).isReady),
});

/** @param details what else is told */
export function readinessAnswer(isReady: boolean, details: object = {}): Answer {
  const body = JSON.stringify({ status: isReady ? 'ready' : 'not ready', ...details });
  if (isReady) return { status: 200, contentType: JSON_TYPE, body };
  return unavailable(body);
}

function unavailable(body: string): Answer {
  return { status: 503, contentType: JSON_TYPE, body, further: [['Retry-After', '1']] };
}
