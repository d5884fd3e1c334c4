import type { Salvage } from '../events/embedded/salvage.ts';
import { LogUnfinished, NoLog } from '../events/errors.ts';
import { type LogInMaking, LogThere } from '../events/log-in-making.ts';
import { fileOfLog } from '../events/service-mark.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import { openLogForReading } from './open-log.ts';
import { PATIENCE_MS, type Warn } from './options.ts';

/**
 * Checks that there is no log where one is to be made. Nothing is made.
 * @param id of a log that may have been begun
 * @throws {BadConfig | LogThere | LogUnavailable}
 */
export async function assertNoLog(config: Config, id: string, warn: Warn): Promise<void> {
  // Now, so that a backup which only root may read is noticed before anything is made.
  enterDataDirectory(config.dataDir, false);
  if (config.eventStoreUrl === null) {
    const { assertNoEmbeddedLog } = await import('../events/embedded/embedded-log-in-making.ts');
    return assertNoEmbeddedLog(fileOfLog(config.dataDir));
  }
  try {
    const log = await openLogForReading(config, warn);
    await log.close();
    throw new LogThere(
      `EventStoreDB has the log ${log.id}, and a log is never written over: set EVENTSTORE_URL to another server, or EVENTSTORE_STREAM_PREFIX to another prefix.`,
    );
  } catch (error) {
    if (error instanceof NoLog || (error instanceof LogUnfinished && error.log === id)) return;
    throw error;
  }
}

/**
 * Begins a log with this id, where the configuration has none, or goes on with one that is not finished.
 * @throws {BadConfig | LogThere | LogUnavailable}
 */
export async function openLogInMaking(config: Config, id: string, warn: Warn): Promise<LogInMaking> {
  const { eventStoreUrl, streamPrefix, dataDir } = config;
  if (eventStoreUrl !== null) {
    const { makeEventStoreLog } = await import('../events/eventstore/eventstore-log-in-making.ts');
    const options = { url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs: PATIENCE_MS };
    return makeEventStoreLog({ ...options, making: id });
  }
  enterDataDirectory(dataDir, true);
  const { makeEmbeddedLog } = await import('../events/embedded/embedded-log-in-making.ts');
  return makeEmbeddedLog(fileOfLog(dataDir), id);
}

/**
 * Gathers the sound events of a damaged embedded log.
 * @param scratch a temporary file
 */
export async function openSalvage(file: string, scratch: string, onEvents: (count: number) => void): Promise<Salvage> {
  const { Salvage } = await import('../events/embedded/salvage.ts');
  return new Salvage(file, scratch, onEvents);
}

export type { Salvage };
