import { lagInEvents, reachedIn, shareOf } from '../../../operations/health/lag.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import type { Services } from '../../services.ts';

/** GET /api/v1/operations/status: how the service is doing. A report: it is given whatever is away, which is null in it. */
export function operationsStatus({ log, readModel, versions, follower, health }: Services) {
  return async (): Promise<Answer> => {
    const [{ log: logState, readModel: readModelState, projector, head, position, checkpoint }, quarantined, all] =
      await Promise.all([health(), orNull(countQuarantined(readModel)), orNull(versions.list())]);
    const isKnown = head !== null && position !== null;
    const lagEvents = isKnown ? await orNull(lagInEvents(log, position, head)) : null;
    const { lagSeconds, heartbeatAgeSeconds } = follower.status();
    const unfinished = all && unfinishedAmong(all, log);
    const unfinishedAt = reachedIn(log, unfinished);
    const status = {
      log: logState,
      read_model: readModelState,
      projector,
      head: positionText(head),
      position: positionText(position),
      lag_events: lagEvents,
      // Not the age of what the views lack: this process has a clock of its own for that, which nobody sets.
      lag_seconds: lagEvents === null ? null : lagSeconds,
      heartbeat_age_seconds: heartbeatAgeSeconds,
      events_set_aside: position === null ? null : quarantined,
      generation: checkpoint?.generation ?? null,
      replay: unfinished && {
        id: unfinished.generation,
        position: String(unfinishedAt),
        share: head === null ? null : shareOf(unfinishedAt, head),
      },
    };
    return jsonAnswer(JSON.stringify(status));
  };
}

/** The log and the read model say themselves why they are away. */
function orNull<T>(asking: Promise<T>): Promise<T | null> {
  return asking.catch(() => null);
}

function positionText(position: bigint | null): string | null {
  return position === null ? null : String(position);
}
