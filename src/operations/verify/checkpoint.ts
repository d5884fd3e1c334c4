import { assertOwn } from '../../projections/own-checkpoint.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { reachedIn } from '../health/lag.ts';

/**
 * The position up to which the views must be level with the log; 0n before the first event.
 * @throws {OtherLog | LogUnavailable | ReadModelUnavailable}
 */
export async function checkpointOf({ log, readModel }: StoresForReading): Promise<bigint> {
  const checkpoint = await readModel.checkpoint();
  await assertOwn(checkpoint, log);
  return reachedIn(log, checkpoint);
}
