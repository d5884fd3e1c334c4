import { lagInEvents, reachedIn, shareOf } from '../../../operations/health/lag.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { route } from '../../route.ts';
import { STATUS_EXAMPLES, statusSchema } from './status-schema.ts';

/** A report: it is given whatever is away, which is null in it. */
export const operationsStatus = route({
  id: 'showStatus',
  tag: 'Operations',
  method: 'GET',
  path: '/api/v1/operations/status',
  access: 'operator',
  summary: 'How the service is doing',
  description:
    'For operators: the log and the read model as this node of the service finds them, and its projector. It is a report: it says what is away, what ' +
    'cannot be known because of that is null, and the status stays 200. (503 if both stores are away, so that nobody can tell who asks.)',
  answers: {
    200: {
      description: 'The report.',
      body: statusSchema,
      examples: STATUS_EXAMPLES,
    },
  },
  problems: [],
  async handle(_, { log, readModel, versions, follower, health }) {
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
  },
});

/** The log and the read model say themselves why they are away. */
function orNull<T>(asking: Promise<T>): Promise<T | null> {
  return asking.catch(() => null);
}

function positionText(position: bigint | null): string | null {
  return position === null ? null : String(position);
}
