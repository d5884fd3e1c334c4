import type { Context } from 'koa';
import type { SetAside } from '../../projections/read-model.ts';
import { reasonOf } from '../../reason-of.ts';
import { type Answer, JSON_TYPE } from '../answer.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** A follower that has given no sign of life for so long is stuck: it gives one every second. */
const HEARTBEAT_LIMIT_SECONDS = 10;

/** GET /livez: the process answers. */
export function livez(ctx: Context): void {
  (ctx.state as RequestState).answer = jsonAnswer(200, { status: 'ok' });
}

/** So many of the events set aside are shown with their reasons. */
const SHOWN = 100;

/** GET /readyz: the stores can be read and the projector runs; else 503 and which part is away. `?verbose` shows the events set aside. */
export function readyz({ log, readModel, follower }: Services) {
  return async (ctx: Context): Promise<void> => {
    const isVerbose = 'verbose' in ctx.query;
    const { caughtUp, position, heartbeatAgeSeconds, lagSeconds, failure } = follower.status();
    const [logState, readModelState, setAside] = await Promise.all([
      stateOf(log.head()),
      stateOf(readModel.checkpoint()),
      readModel.setAside(isVerbose ? SHOWN : 1).catch(() => []),
    ]);
    const parts = {
      log: logState,
      read_model: readModelState,
      projector:
        failure ?? (heartbeatAgeSeconds > HEARTBEAT_LIMIT_SECONDS ? 'no heartbeat' : caughtUp ? 'ok' : 'catching up'),
    };
    const ready = Object.values(parts).every((state) => state === 'ok');
    (ctx.state as RequestState).answer = jsonAnswer(ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      ...parts,
      position: String(position),
      heartbeat_age_seconds: heartbeatAgeSeconds,
      lag_seconds: lagSeconds,
      events_set_aside: setAside.length > 0,
      ...(isVerbose && { set_aside: setAside.map(shown) }),
    });
  };
}

function shown({ stream, revision, position, eventId, type, reason }: SetAside): object {
  return { stream, revision, position: String(position), event_id: eventId, type, reason };
}

async function stateOf(asking: Promise<unknown>): Promise<string> {
  try {
    await asking;
    return 'ok';
  } catch (error) {
    return reasonOf(error);
  }
}

function jsonAnswer(status: number, body: object): Answer {
  const further = status === 503 ? ([['Retry-After', '1']] as const) : [];
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body), further };
}
