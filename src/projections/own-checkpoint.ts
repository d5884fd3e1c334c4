import { codeOf } from '../errors/code-of.ts';
import type { EventLog } from '../events/event-log.ts';
import { CheckpointLost, OtherLog } from './errors.ts';
import { type Checkpoint, NO_LOG, type ProjectorStore } from './projector-store.ts';

type IdentifiedLog = Pick<EventLog, 'id' | 'eventAt'>;

/**
 * The checkpoint from which a log's projector continues. If there is none, one is made at the beginning: from then on the views belong to
 * this log, and a missing checkpoint means that they were thrown away.
 * @throws {OtherLog} the views belong to another log, or to another past of this one
 * @throws {ReadModelUnavailable | CheckpointLost | LogUnavailable}
 */
export async function ownCheckpoint(log: IdentifiedLog, readModel: ProjectorStore): Promise<Checkpoint> {
  let checkpoint = await readModel.checkpoint();
  if (checkpoint?.log === NO_LOG) {
    await readModel.clear();
    checkpoint = null;
  }
  if (checkpoint === null) {
    const first = { from: null, to: { log: log.id, position: 0n } };
    // If another projector was first, its checkpoint is read.
    await readModel.write({ writes: [], checkpoint: first }).catch((error) => {
      if (!(error instanceof CheckpointLost)) throw error;
    });
    checkpoint = await readModel.checkpoint();
  }
  if (checkpoint === null) throw new CheckpointLost('the read model was thrown away as soon as it was begun');
  await assertOwn(checkpoint, log);
  return checkpoint;
}

/** Checks that a checkpoint is of this log, at this place in time. @throws {OtherLog | LogUnavailable} */
export async function assertOwn(checkpoint: Checkpoint | null, log: IdentifiedLog): Promise<void> {
  const other = await otherOf(checkpoint, log);
  if (other !== null) throw other;
}

/**
 * How a checkpoint is another log's; null if it is not. A log is at another place in time if another event is at the checkpoint's position:
 * an older backup was restored, and went its own way. What an earlier release wrote names no event, and is taken as it is.
 * @throws {LogUnavailable}
 */
export async function otherOf(checkpoint: Checkpoint | null, log: IdentifiedLog): Promise<OtherLog | null> {
  if (checkpoint === null || checkpoint.log === NO_LOG) return null;
  if (checkpoint.log !== log.id) return OtherLog.another(checkpoint, log);
  if (checkpoint.event === undefined) return null;
  try {
    const found = await log.eventAt(checkpoint.position);
    return found?.id === checkpoint.event ? null : OtherLog.otherPast(checkpoint, found?.id ?? null);
  } catch (error) {
    // Of an event that cannot be read nobody can say that it is another one.
    if (codeOf(error) === 'log_damaged') return null;
    throw error;
  }
}
