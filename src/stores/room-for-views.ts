import { assertRoomToFill } from '../operations/replay/replay.ts';
import type { Stores } from '../projections/stores.ts';
import type { Versions } from '../projections/versions.ts';

/** A node that has its version yet to fill checks first that there is room. @throws {NoRoom | LogUnavailable | ReadModelUnavailable} */
export async function assertRoomForViews({ log, readModel }: Stores, versions: Versions): Promise<void> {
  const isFilled = (await readModel.checkpoint())?.isFilled === true;
  if (!isFilled && (await log.head()) > 0n) await assertRoomToFill(versions, log);
}
