import type { EventLog } from '../events/event-log.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import type { StoresForReading } from '../projections/stores.ts';

export type Opened<S extends StoresForReading> = S & { close(): Promise<void> };

/**
 * Opens a read model beside a log that is open, and checks that they belong together. If that fails, both are closed.
 * @param check throws if they do not
 */
export async function withReadModel<R extends ReadModelReader>(
  log: EventLog,
  open: () => Promise<R>,
  check: (log: EventLog, readModel: R) => Promise<void>,
): Promise<Opened<StoresForReading & { readonly readModel: R }>> {
  try {
    const readModel = await open();
    const close = async () => {
      await readModel.close();
      await log.close();
    };
    await check(log, readModel).catch(async (error) => {
      await readModel.close();
      throw error;
    });
    return { log, readModel, close };
  } catch (error) {
    await log.close();
    throw error;
  }
}
