import type { Context } from 'koa';
import type { SetAside } from '../../projections/read-model.ts';
import type { Answer } from '../answer.ts';
import { JSON_TYPE } from '../json-answer.ts';
import { answerOf, projectorState } from '../part-states.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** GET /livez: the process answers. */
export function livez(ctx: Context): void {
  (ctx.state as RequestState).answer = jsonAnswer(200, { status: 'ok' });
}

/** So many of the events set aside are shown with their reasons. */
const SHOWN = 100;

/** GET /readyz: the stores can be read, the last append and the last list worked, and the projector runs; else 503 and which part is away. `?verbose` shows the events set aside. */
export function readyz({ log, readModel, follower, appends, lists }: Services) {
  return async (ctx: Context): Promise<void> => {
    const isVerbose = 'verbose' in ctx.query;
    const projector = follower.status();
    const [{ state: logState }, { state: readModelState }, setAside] = await Promise.all([
      answerOf(Promise.all([log.head(), appends.assertWorks()])),
      answerOf(Promise.all([readModel.checkpoint(), lists.assertWorks()])),
      readModel.setAside(isVerbose ? SHOWN : 1).catch(() => []),
    ]);
    const parts = { log: logState, read_model: readModelState, projector: projectorState(projector) };
    const ready = Object.values(parts).every((state) => state === 'ok');
    (ctx.state as RequestState).answer = jsonAnswer(ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      ...parts,
      position: String(projector.position),
      heartbeat_age_seconds: projector.heartbeatAgeSeconds,
      lag_seconds: projector.lagSeconds,
      events_set_aside: setAside.length > 0,
      ...(isVerbose && { set_aside: setAside.map(shown) }),
    });
  };
}

function shown({ stream, revision, position, eventId, type, reason }: SetAside): object {
  return { stream, revision, position: String(position), event_id: eventId, type, reason };
}

function jsonAnswer(status: number, body: object): Answer {
  const further = status === 503 ? ([['Retry-After', '1']] as const) : [];
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body), further };
}
