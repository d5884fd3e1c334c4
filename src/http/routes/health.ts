import type { Context } from 'koa';
import type { Answer } from '../out/answer.ts';
import { JSON_TYPE } from '../out/json-answer.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** GET /livez: the process answers, and its views were whole once; until then it has not started. */
export function livez({ follower }: Pick<Services, 'follower'>) {
  return (ctx: Context): void => {
    const hasStarted = follower.status().hasStarted;
    const body = JSON.stringify({ status: hasStarted ? 'ok' : 'starting' });
    (ctx.state as RequestState).answer = hasStarted ? { status: 200, contentType: JSON_TYPE, body } : unavailable(body);
  };
}

/** GET /readyz: yes or no. Anybody may ask, so that it tells nothing else: the operations listener does. */
export function readyz({ readiness }: Pick<Services, 'readiness'>) {
  return async (ctx: Context): Promise<void> => {
    const { isReady } = await readiness();
    (ctx.state as RequestState).answer = readinessAnswer(isReady);
  };
}

/** @param details what else is told */
export function readinessAnswer(isReady: boolean, details: object = {}): Answer {
  const body = JSON.stringify({ status: isReady ? 'ready' : 'not ready', ...details });
  if (isReady) return { status: 200, contentType: JSON_TYPE, body };
  return unavailable(body);
}

function unavailable(body: string): Answer {
  return { status: 503, contentType: JSON_TYPE, body, further: [['Retry-After', '1']] };
}
