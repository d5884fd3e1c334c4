import type { EventLog } from '../../../events/event-log.ts';
import { lagInEvents, reachedIn, shareOf } from '../../../operations/lag.ts';
import { answerOf, projectorState } from '../../../operations/part-states.ts';
import { countQuarantined } from '../../../projections/quarantine.ts';
import type { ReadModel } from '../../../projections/read-model.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import type { Services } from '../../services.ts';

/** GET /api/v1/operations/status: how the service is doing. A report: it is given whatever is away, which is null in it. */
export function operationsStatus({ log, readModel, follower }: Services) {
  return async (): Promise<Answer> => {
    const { state: readModelState, answer: views } = await answerOf(standOf(readModel));
    const position = views === null ? null : reachedIn(log, views.checkpoint);
    const { state: logState, answer: ahead } = await answerOf(aheadOf(log, position));
    const projector = follower.status();
    const beside = views?.beside ?? null;
    const besideAt = reachedIn(log, beside?.checkpoint ?? null);
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
      replay: beside && {
        id: beside.id,
        position: String(besideAt),
        share: ahead && shareOf(besideAt, ahead.head),
      },
    };
    return jsonAnswer(JSON.stringify(status));
  };
}

/** How the read model stands. */
async function standOf(readModel: ReadModel) {
  const [checkpoint, quarantined, beside] = await Promise.all([
    readModel.checkpoint(),
    countQuarantined(readModel),
    readModel.besideStatus(),
  ]);
  return { checkpoint, quarantined, beside };
}

/** Where the log ends, and how far that is from what is in the views; `position` is null where that is not known. */
async function aheadOf(log: EventLog, position: bigint | null) {
  const head = await log.head();
  return { head, events: position === null ? null : await lagInEvents(log, position, head) };
}

function textOf(position: bigint | null | undefined): string | null {
  return position === null || position === undefined ? null : String(position);
}
