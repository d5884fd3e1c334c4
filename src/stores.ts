import { join } from 'node:path';
import type { Config } from './config.ts';
import { makeDataDirectory } from './data-directory.ts';
import { openEmbeddedLog } from './events/embedded/open.ts';
import { LogDamaged } from './events/errors.ts';
import type { EventLog } from './events/event-log.ts';
import { openEmbeddedReadModel } from './projections/embedded/embedded-read-model.ts';
import type { ReadModel } from './projections/read-model.ts';

export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

/**
 * Opens the log and the read model that the configuration asks for: the only place that chooses among adapters.
 * @param warn is told what an operator should know: damage, trouble, recovery
 * @throws {BadConfig | LogDamaged | LogUnavailable | ReadModelUnavailable}
 */
export async function openStores(config: Config, warn: (message: string) => void): Promise<Stores> {
  // The log first: where it is damaged, nothing else is touched.
  const log = await openLog(config, warn);
  try {
    const readModel = await openEmbeddedReadModel({ file: join(config.dataDir, 'views.db'), onNotice: warn });
    const close = async () => {
      await readModel.close();
      await log.close();
    };
    await assertNothingLost(log, readModel, config.dataDir).catch(async (error) => {
      await readModel.close();
      throw error;
    });
    return { log, readModel, close };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/**
 * Opens the log alone, for what needs no view.
 * @throws {BadConfig | LogDamaged | LogUnavailable}
 */
export async function openLog(config: Config, warn: (message: string) => void): Promise<EventLog> {
  makeDataDirectory(config.dataDir);
  return await openEmbeddedLog({ file: join(config.dataDir, 'events.db'), logger: { warn } });
}

/**
 * The views never run ahead of their log: where they do, the log has lost its end, or is gone and was made anew.
 * @throws {LogDamaged}
 */
async function assertNothingLost(log: EventLog, readModel: ReadModel, dataDir: string): Promise<void> {
  const checkpoint = await readModel.checkpoint();
  if (checkpoint === null || checkpoint.position === 0n) return;
  const head = await log.head();
  const isOurs = checkpoint.log === log.id;
  if (isOurs ? checkpoint.position <= head : head > 0n) return;
  throw new LogDamaged(
    `The event log in ${dataDir} ends at position ${head}, but the views have seen position ${checkpoint.position}` +
      `${isOurs ? '' : ' of a log that is gone'}: events were lost. Restore events.db from a backup. ` +
      'To go on without the lost events, delete views.db as well.',
  );
}
