import type { ImportsStanding, LaneStanding } from '../../../operations/health/imports-standing.ts';
import { lagInEvents, reachedIn, shareOf } from '../../../operations/health/lag.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import { VIEWS_VERSION } from '../../../projections/views.ts';
import { releaseVersion } from '../../../telemetry/release.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { route } from '../../route.ts';
import { STATUS_EXAMPLES, statusSchema } from './status-schema.ts';

const VERSION = releaseVersion();

/** Gives a report even if a store is away. What is unknown because of that is null. */
export const operationsStatus = route({
  id: 'showStatus',
  tag: 'Operations',
  method: 'GET',
  path: '/api/v1/operations/status',
  access: 'operator',
  summary: 'The state of the service',
  description:
    'For operators: the log, the read model and the projector of this node. If a store is away, the report says so, values that are unknown because ' +
    'of that are null, and the status stays 200. If both stores are away, the caller cannot be authenticated, and the answer is 503.',
  answers: {
    200: {
      description: 'The report.',
      body: statusSchema,
      examples: STATUS_EXAMPLES,
    },
  },
  problems: [],
  async handle(_, { log, readModel, versions, follower, health, importsStanding }) {
    const [states, quarantined, all, imports] = await Promise.all([
      health(),
      orNull(countQuarantined(readModel)),
      orNull(versions.list()),
      orNull(importsStanding()),
    ]);
    const { log: logState, readModel: readModelState, projector, head, position, checkpoint } = states;
    const isKnown = head !== null && position !== null;
    const lagEvents = isKnown ? await orNull(lagInEvents(log, position, head)) : null;
    const { lagSeconds, heartbeatAgeSeconds } = follower.status();
    const unfinished = all && unfinishedAmong(all, log);
    const unfinishedAt = reachedIn(log, unfinished);
    const status = {
      version: VERSION,
      log_id: log.id,
      views_version: VIEWS_VERSION,
      views_versions: all?.map(({ name }) => name) ?? null,
      log: logState,
      read_model: readModelState,
      projector,
      head: positionText(head),
      position: positionText(position),
      lag_events: lagEvents,
      // Not the age of the missing events: this clock is monotonic, and nobody sets it.
      lag_seconds: lagEvents === null ? null : lagSeconds,
      heartbeat_age_seconds: heartbeatAgeSeconds,
      events_set_aside: position === null ? null : quarantined,
      generation: checkpoint?.generation ?? null,
      imports: imports && importsJson(imports),
      replay: unfinished && {
        id: unfinished.generation,
        position: String(unfinishedAt),
        share: head === null ? null : shareOf(unfinishedAt, head),
      },
    };
    return jsonAnswer(JSON.stringify(status));
  },
});

function importsJson({ waiting, running, late, connections }: ImportsStanding) {
  const lane = ({ count, oldestSeconds }: LaneStanding) => ({ count, oldest_seconds: oldestSeconds });
  const lanes = Object.entries<LaneStanding>(waiting).map(([name, standing]) => [name, lane(standing)]);
  return { waiting: Object.fromEntries(lanes), running: lane(running), late, connections };
}

/** Drops the error, since the states of the log and the read model give the reason. */
function orNull<T>(asking: Promise<T>): Promise<T | null> {
  return asking.catch(() => null);
}

function positionText(position: bigint | null): string | null {
  return position === null ? null : String(position);
}
