import type { EventLog } from '../../events/event-log.ts';
import { assertOwn } from '../../projections/own-checkpoint.ts';
import type { ReadModel, ReadModelReader } from '../../projections/read-model.ts';
import { reachedIn } from '../health/lag.ts';

/** The two stores that are compared. */
export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
}

/** The same, for a repair. */
export interface RepairableStores extends Stores {
  readonly readModel: ReadModel;
}

/**
 * The position up to which the views must be level with the log; 0n before the first event.
 * @throws {OtherLog | LogUnavailable | ReadModelUnavailable}
 */
export async function checkpointOf({ log, readModel }: Stores): Promise<bigint> {
  const checkpoint = await readModel.checkpoint();
  await assertOwn(checkpoint, log);
  return reachedIn(log, checkpoint);
}
