import type { EventLog } from '../../../events/event-log.ts';
import { lagInEvents, reachedIn, shareOf } from '../../../operations/lag.ts';
import { answerOf, projectorState } from '../../../operations/part-states.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
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
  async handle(_, { log, readModel, versions, follower }) {
    const { state: readModelState, answer: views } = await answerOf(standOf({ log, readModel, versions }));
    const position = views === null ? null : reachedIn(log, views.checkpoint);
    const { state: logState, answer: ahead } = await answerOf(aheadOf(log, position));
    const projector = follower.status();
    const unfinished = views?.unfinished ?? null;
    const unfinishedAt = reachedIn(log, unfinished);
    const status = {
      log: logState,
      read_model: readModelState,
      projector: projectorState(projector),
      head: positionText(ahead?.head),
      position: positionText(position),
      lag_events: ahead?.events ?? null,
      // Not the age of what the views lack: this process has a clock of its own for that, which nobody sets.
      lag_seconds: typeof ahead?.events === 'number' ? projector.lagSeconds : null,
      heartbeat_age_seconds: projector.heartbeatAgeSeconds,
      events_set_aside: views?.quarantined ?? null,
      generation: views?.checkpoint?.generation ?? null,
      replay: unfinished && {
        id: unfinished.generation,
        position: String(unfinishedAt),
        share: ahead && shareOf(unfinishedAt, ahead.head),
      },
    };
    return jsonAnswer(JSON.stringify(status));
  },
});

/** How the read model stands. */
async function standOf({ log, readModel, versions }: Pick<Services, 'log' | 'readModel' | 'versions'>) {
  const [checkpoint, quarantined, all] = await Promise.all([
    readModel.checkpoint(),
    countQuarantined(readModel),
    versions.list(),
  ]);
  return { checkpoint, quarantined, unfinished: unfinishedAmong(all, log) };
}

/** Where the log ends, and how far that is from what is in the views; `position` is null where that is not known. */
async function aheadOf(log: EventLog, position: bigint | null) {
  const head = await log.head();
  return { head, events: position === null ? null : await lagInEvents(log, position, head) };
}

function positionText(position: bigint | null | undefined): string | null {
  return position === null || position === undefined ? null : String(position);
}
