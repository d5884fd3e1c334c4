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
    'A process has started when its views are level with the event log for the first time. From then on, it answers 200 for as long as it can.',
  answers: {
    200: { description: 'It answers and has started.', body: liveness, examples: { ok: { status: 'ok' } } },
    503: {
      description: 'It has not started. The body is the same object as for 200, not a problem document.',
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

/** Anybody may call it, so it says only yes or no. The listener for operators gives the reasons. */
export const readyz = route({
  id: 'readyz',
  tag: 'Operations',
  method: 'GET',
  path: '/readyz',
  access: 'anyone',
  summary: 'Whether the service is ready for requests',
  description:
    'Ready means that the event log and the read model can be read, that the last append and the last list worked, that a reserve of the disk ' +
    'of an embedded log is free, and that the projector runs and has caught up. If the service is not ready, the listener for operators says why.',
  answers: {
    200: { description: 'It is ready.', body: readiness, examples: { ready: { status: 'ready' } } },
    503: {
      description: 'It is not ready. The body is the same object as for 200, not a problem document.',
      body: readiness,
      headers: ['Retry-After'],
      examples: { 'not-ready': { status: 'not ready' } },
    },
  },
  problems: [],
  handle: async (_, services) => readinessAnswer((await services.health()).isReady),
});

/** @param details further members of the body */
export function readinessAnswer(isReady: boolean, details: object = {}): Answer {
  const body = JSON.stringify({ status: isReady ? 'ready' : 'not ready', ...details });
  if (isReady) return { status: 200, contentType: JSON_TYPE, body };
  return unavailable(body);
}

function unavailable(body: string): Answer {
  return { status: 503, contentType: JSON_TYPE, body, further: [['Retry-After', '1']] };
}
