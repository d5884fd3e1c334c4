import type { EventLog } from '../events/event-log.ts';
import { CheckpointLost, OtherLog } from './errors.ts';
import { type Checkpoint, NO_LOG, type ProjectorStore } from './projector-store.ts';

/**
 * The checkpoint from which a log's projector continues. If there is none, one is made at the beginning: from then on the views belong to
 * this log, and a missing checkpoint means that they were thrown away.
 * @throws {OtherLog} the views belong to another log
 * @throws {ReadModelUnavailable | CheckpointLost}
 */
export async function ownCheckpoint(log: Pick<EventLog, 'id'>, readModel: ProjectorStore): Promise<Checkpoint> {
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
  assertOwn(checkpoint, log);
  return checkpoint;
}

/** Checks that a checkpoint is this log's. @throws {OtherLog} */
export function assertOwn(checkpoint: Checkpoint | null, log: Pick<EventLog, 'id'>): void {
  if (checkpoint !== null && checkpoint.log !== log.id && checkpoint.log !== NO_LOG)
    throw new OtherLog(checkpoint, log);
}
