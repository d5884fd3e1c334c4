import type { EventLog } from '../events/event-log.ts';
import { CheckpointLost, OtherLog } from './errors.ts';
import type { ProjectorStore } from './projector-store.ts';
import { type Checkpoint, NO_LOG } from './projector-store.ts';

/**
 * The checkpoint that a log's projector goes on from. Where there is none it is made, at the beginning: from then on the views are this
 * log's, and one that is thrown away can be told by its lack.
 * @throws {OtherLog} the views are another log's
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
    // Where somebody else was first, theirs is looked at.
    await readModel.write({ writes: [], checkpoint: first }).catch((error) => {
      if (!(error instanceof CheckpointLost)) throw error;
    });
    checkpoint = await readModel.checkpoint();
  }
  if (checkpoint === null) throw new CheckpointLost('the read model was thrown away as soon as it was begun');
  assertOwn(checkpoint, log);
  return checkpoint;
}

/** @throws {OtherLog} */
export function assertOwn(checkpoint: Checkpoint | null, log: Pick<EventLog, 'id'>): void {
  if (checkpoint !== null && checkpoint.log !== log.id && checkpoint.log !== NO_LOG)
    throw new OtherLog(checkpoint, log);
}
