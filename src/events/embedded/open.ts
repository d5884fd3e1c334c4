import { existsSync } from 'node:fs';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { LogDamaged, LogUnavailable, NoLog } from '../errors.ts';
import type { EventLog } from '../event-log.ts';
import { type CheckedLog, checkLog, idDespiteDamage } from './check.ts';
import { createLog } from './create.ts';
import { damaged } from './damaged.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { EmbeddedLogForReading } from './embedded-log-for-reading.ts';
import { unfinishedLog } from './embedded-log-in-making.ts';
import { holdFile } from './file-header.ts';
import { NewestPosition } from './newest-position.ts';
import { Reader } from './reader.ts';

/** How long a process waits for another one that is appending. */
const BUSY_TIMEOUT_MS = 2000;

export interface EmbeddedLogOptions {
  /** The log's file; it and its directory are made if they are missing. */
  readonly file: string;
  /** Is called once when appends begin to fail, and once when they work again. */
  readonly logger?: { warn(message: string): void };
  /** How long an append waits for another process that is appending. 2,000 ms unless set. */
  readonly busyTimeoutMs?: number;
  /** After how long an append is given up, its outcome unknown. 3,000 ms unless set; longer than `busyTimeoutMs`. */
  readonly appendTimeoutMs?: number | undefined;
  /** Is called at each transaction of the writing thread, which holds one append or many. */
  readonly onBatch?: () => void;
}

/**
 * Opens the embedded event log: one SQLite file, which several processes may read and append to at once.
 * @throws {LogDamaged} the file is damaged, cut off, another program's or a newer version's; it was not touched.
 * @throws {LogUnavailable} the file cannot be read, made or written: missing rights, a full disk, a lock held for too long.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { file, logger, busyTimeoutMs = BUSY_TIMEOUT_MS, appendTimeoutMs = 3000, onBatch } = options;
  const { id } = checkLog(file, busyTimeoutMs) ?? make(file, busyTimeoutMs);
  const log = new EmbeddedLog({
    file,
    id,
    busyTimeoutMs,
    appendTimeoutMs,
    warn: (message) => logger?.warn(message),
    onBatch,
  });
  try {
    await log.start();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

export interface ForReading {
  readonly file: string;
  /** Is called if the log is damaged, and then it is opened as far as it can be read. Without it, a damaged log is refused. */
  readonly onDamage?: ((damage: LogDamaged) => void) | undefined;
}

/**
 * Opens the embedded event log for reading: nothing is made and nothing is changed.
 * @throws {NoLog | LogDamaged | LogUnavailable}
 */
export async function openEmbeddedLogForReading({ file, onDamage }: ForReading): Promise<EventLog> {
  try {
    const checked = checkLog(file, BUSY_TIMEOUT_MS);
    if (checked === null) throw new NoLog(`there is none in ${file} yet`, 'DATA_DIR');
    return forReading(file, checked.id, 'sound');
  } catch (error) {
    const id = error instanceof LogDamaged && onDamage !== undefined ? idDespiteDamage(file) : null;
    if (id === null) throw error;
    onDamage?.(error as LogDamaged);
    return forReading(file, id, 'damaged');
  }
}

function forReading(file: string, id: string, as: 'sound' | 'damaged'): EventLog {
  const held = holdFile(file);
  return new EmbeddedLogForReading(id, new Reader(file, held.fd, new NewestPosition(file), as), held);
}

function make(file: string, busyTimeoutMs: number): CheckedLog {
  if (existsSync(unfinishedLog(file))) {
    throw new LogUnavailable(
      `${unfinishedLog(file)} is there: imports restore makes the log, or was ended before it was done. Run that again, or remove the file`,
    );
  }
  try {
    createLog(file, busyTimeoutMs);
  } catch (error) {
    throw new LogUnavailable(`${file} cannot be made: ${whyUnusable(error, filesOf(file))}`, error);
  }
  const made = checkLog(file, busyTimeoutMs);
  if (made === null) throw damaged(file, 'it is empty although it was just made');
  return made;
}
