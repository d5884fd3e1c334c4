import type { Context } from 'koa';
import type { QuarantinedEvent } from '../../projections/read-model.ts';
import type { RequestState } from '../request.ts';
import { readinessAnswer } from '../routes/health.ts';
import type { Services } from '../services.ts';

/** So many of the events set aside are shown with their reasons. */
const SHOWN = 100;

/** GET /readyz of the operations listener: which part is away and why, and how far the projector is; `?verbose` shows the events set aside. */
export function operationsReadyz({ readiness, readModel, log }: Pick<Services, 'readiness' | 'readModel' | 'log'>) {
  return async (ctx: Context): Promise<void> => {
    const isVerbose = 'verbose' in ctx.query;
    const [{ isReady, log: logState, readModel: readModelState, projector, follower }, quarantined] = await Promise.all(
      [readiness(), readModel.quarantined(isVerbose ? SHOWN : 1).catch(() => [])],
    );
    (ctx.state as RequestState).answer = readinessAnswer(isReady, {
      log: logState,
      log_id: log.id,
      read_model: readModelState,
      projector,
      position: String(follower.position),
      heartbeat_age_seconds: follower.heartbeatAgeSeconds,
      lag_seconds: follower.lagSeconds,
      events_set_aside: quarantined.length > 0,
      ...(isVerbose && { set_aside: quarantined.map(shown) }),
    });
  };
}

function shown({ stream, revision, position, eventId, type, reason }: QuarantinedEvent): object {
  return { stream, revision, position: String(position), event_id: eventId, type, reason };
}
