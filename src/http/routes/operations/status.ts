import type { EventLog } from '../../../events/event-log.ts';
import { lagInEvents, reachedIn, shareOf } from '../../../operations/lag.ts';
import { answerOf, projectorState } from '../../../operations/part-states.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import type { Services } from '../../services.ts';

/** GET /api/v1/operations/status: how the service is doing. A report: it is given whatever is away, which is null in it. */
export function operationsStatus({ log, readModel, versions, follower }: Services) {
  return async (): Promise<Answer> => {
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
      head: textOf(ahead?.head),
      position: textOf(position),
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
  };
}

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

function textOf(position: bigint | null | undefined): string | null {
  return position === null || position === undefined ? null : String(position);
}
