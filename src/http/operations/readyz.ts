import type { Context } from 'koa';
import { quarantinedEventJson } from '../../operations/quarantined-event-json.ts';
import type { RequestState } from '../request.ts';
import { readinessAnswer } from '../routes/health.ts';
import type { Services } from '../services.ts';

/** So many of the events set aside are shown with their reasons. */
const SHOWN = 100;

/** GET /readyz of the operations listener: which part is away and why, and how far the projector is; `?verbose` shows the events set aside. */
export function operationsReadyz({
  health,
  readModel,
  log,
  follower,
}: Pick<Services, 'health' | 'readModel' | 'log' | 'follower'>) {
  return async (ctx: Context): Promise<void> => {
    const isVerbose = 'verbose' in ctx.query;
    const [{ isReady, log: logState, readModel: readModelState, projector }, quarantined] = await Promise.all([
      health(),
      readModel.quarantined(isVerbose ? SHOWN : 1).catch(() => []),
    ]);
    const { position, heartbeatAgeSeconds, lagSeconds } = follower.status();
    (ctx.state as RequestState).answer = readinessAnswer(isReady, {
      log: logState,
      log_id: log.id,
      read_model: readModelState,
      projector,
      position: String(position),
      heartbeat_age_seconds: heartbeatAgeSeconds,
      lag_seconds: lagSeconds,
      events_set_aside: quarantined.length > 0,
      ...(isVerbose && { set_aside: quarantined.map(quarantinedEventJson) }),
    });
  };
}
