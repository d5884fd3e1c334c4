import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { makeDataDirectory } from './data-directory.ts';
import { LogDamaged, LogUnavailable } from './events/errors.ts';
import type { EventLog } from './events/event-log.ts';
import type { ReadModel } from './projections/read-model.ts';

export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

/** Told of each call to a store as it is sent; one to an embedded store is a transaction, which may hold many appends or writes. */
export interface CallObserver {
  logCalled(call: string): void;
  readModelCalled(call: string): void;
}

/** How long a command that works for minutes waits for a server that stands still. A request gives up at once. */
export const PATIENCE_MS = 30_000;

/**
 * Opens the log and the read model that the configuration asks for. This file is the only place that chooses among adapters; each is
 * loaded only where it is chosen.
 * @param warn is told what an operator should know: damage, trouble, recovery
 * @param patienceMs how long calls to the log wait for a server that stands still
 * @throws {BadConfig | LogDamaged | LogUnavailable | ReadModelUnavailable}
 */
export async function openStores(
  config: Config,
  warn: (message: string) => void,
  observer?: CallObserver,
  patienceMs = 0,
): Promise<Stores> {
  // The log first: where it is damaged, nothing else is touched.
  const log = await openLog(config, warn, observer, patienceMs);
  try {
    const readModel = await openReadModel(config, warn, observer);
    const close = async () => {
      await readModel.close();
      await log.close();
    };
    await assertNothingLost(log, readModel, config).catch(async (error) => {
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
export async function openLog(
  { eventStoreUrl, dataDir }: Config,
  warn: (message: string) => void,
  observer?: CallObserver,
  patienceMs = 0,
): Promise<EventLog> {
  const onAppend = () => observer?.logCalled('append');
  if (eventStoreUrl !== null) {
    const { openEventStoreLog } = await import('./events/eventstore/open.ts');
    return openEventStoreLog({ url: eventStoreUrl, logger: { warn }, patienceMs, onAppend });
  }
  makeDataDirectory(dataDir);
  const { openEmbeddedLog } = await import('./events/embedded/open.ts');
  return openEmbeddedLog({ file: fileOfLog(dataDir), logger: { warn }, onBatch: onAppend });
}

/**
 * For who asks about what is there: opening would make an empty log where none is, which knows of nothing and lags behind nothing.
 * @throws {LogUnavailable}
 */
export function assertLogIsThere({ eventStoreUrl, dataDir }: Config): void {
  if (eventStoreUrl !== null || existsSync(fileOfLog(dataDir))) return;
  throw new LogUnavailable(
    `there is no events.db in ${dataDir}. Is DATA_DIR right? The first start of the service makes it.`,
  );
}

function fileOfLog(dataDir: string): string {
  return join(dataDir, 'events.db');
}

async function openReadModel(
  { mongodbUrl, dataDir }: Config,
  warn: (message: string) => void,
  observer: CallObserver | undefined,
): Promise<ReadModel> {
  const onCommand = (name: string) => observer?.readModelCalled(name);
  if (mongodbUrl !== null) {
    const { openMongoReadModel } = await import('./projections/mongodb/open.ts');
    return openMongoReadModel({ url: mongodbUrl, onNotice: warn, onCommand });
  }
  makeDataDirectory(dataDir);
  const { openEmbeddedReadModel } = await import('./projections/embedded/embedded-read-model.ts');
  return openEmbeddedReadModel({ file: join(dataDir, 'views.db'), onNotice: warn, onBatch: () => onCommand('write') });
}

/**
 * The views never run ahead of their log: where they do, the log has lost its end, or is gone and was made anew.
 * @throws {LogDamaged}
 */
async function assertNothingLost(log: EventLog, readModel: ReadModel, config: Config): Promise<void> {
  const checkpoint = await readModel.checkpoint();
  if (checkpoint === null || checkpoint.position === 0n) return;
  const head = await log.head();
  const isOurs = checkpoint.log === log.id;
  if (isOurs ? checkpoint.position <= head : head > 0n) return;
  const { eventStoreUrl, mongodbUrl, dataDir } = config;
  const [where, restore] =
    eventStoreUrl === null ? [dataDir, 'Restore events.db'] : ['EventStoreDB', 'Restore EventStoreDB'];
  const forget = mongodbUrl === null ? 'delete views.db' : 'drop the database of MONGODB_URL';
  throw new LogDamaged(
    `The event log in ${where} ends at position ${head}, but the views have seen position ${checkpoint.position}` +
      `${isOurs ? '' : ' of a log that is gone'}: events were lost. ${restore} from a backup. ` +
      `To go on without the lost events, ${forget} as well.`,
  );
}
