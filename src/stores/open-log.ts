import { statSync } from 'node:fs';
import { reasonOf } from '../errors/reason-of.ts';
import { type LogDamaged, LogUnavailable, NoLog } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { fileOfLog } from '../events/service-mark.ts';
import { accessTrouble } from '../machine/access-trouble.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import type { LogOptions, Warn } from './options.ts';

/** Is told that a log is damaged, which is then opened as far as it can be read. Without it, such a log is refused. */
export type OnDamage = (damage: LogDamaged) => void;

/**
 * Opens only the log, for commands that need no view.
 * @throws {BadConfig | LogDamaged | LogUnavailable}
 */
export async function openLog(
  { eventStoreUrl, streamPrefix, dataDir }: Config,
  warn: Warn,
  { observer, patienceMs }: LogOptions = {},
): Promise<EventLog> {
  const onAppend = () => observer?.logCalled('append');
  const onForeign = () => observer?.foreignEventPassed();
  if (eventStoreUrl !== null) {
    const { openEventStoreLog } = await import('../events/eventstore/open.ts');
    return openEventStoreLog({ url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs, onAppend, onForeign });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedLog } = await import('../events/embedded/open.ts');
  return openEmbeddedLog({
    file: fileOfLog(dataDir),
    logger: { warn },
    onBatch: onAppend,
    appendTimeoutMs: patienceMs,
  });
}

/**
 * Opens only the log, for commands that only read: nothing is made or changed.
 * @throws {BadConfig | NoLog | LogDamaged | LogUnavailable}
 */
export async function openLogForReading(
  config: Config,
  warn: Warn,
  patienceMs = 0,
  onDamage?: OnDamage,
): Promise<EventLog> {
  const { eventStoreUrl, streamPrefix, dataDir } = config;
  if (eventStoreUrl !== null) {
    const { openEventStoreLog } = await import('../events/eventstore/open.ts');
    return openEventStoreLog({ url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs, isMade: false });
  }
  assertLogIsThere(config);
  enterDataDirectory(dataDir, false);
  const { openEmbeddedLogForReading } = await import('../events/embedded/open.ts');
  return openEmbeddedLogForReading({ file: fileOfLog(dataDir), onDamage });
}

/**
 * Checks that there is an embedded log. To open it would make an empty one if it is missing.
 * @throws {NoLog | LogUnavailable}
 */
export function assertLogIsThere({ eventStoreUrl, dataDir }: Config): void {
  if (eventStoreUrl !== null) return;
  const file = fileOfLog(dataDir);
  try {
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) return;
  } catch (error) {
    throw new LogUnavailable(accessTrouble([file], true) ?? `${file} cannot be looked for: ${reasonOf(error)}`, error);
  }
  throw new NoLog(`there is no events.db in ${dataDir}`, 'DATA_DIR');
}
