import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDamage } from '../../sqlite/errors.ts';
import { lockFile } from '../../sqlite/lock.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { toStorable } from '../exact-text.ts';
import { FromEarlierStart, markOrCheckStart } from './machine-start.ts';
import { makeOrCheckSchema, WrongSchema } from './schema.ts';
import { databaseOf, ENDINGS, removeDatabase, removeLogs, removeOrphans } from './version-files.ts';

/** views.db on disk: how it is opened for writing, checked, and set aside where it is damaged. */

/** So long one process waits for another's lock; with the request's own time-out of 3 s, a write waits for two at most. */
export const BUSY_TIMEOUT_MS = 1500;
/** A full check reads the whole file: only where that takes a moment. */
const FULL_CHECK_BYTES = 32 * 1024 * 1024;

// Small pages: a view touches some five pages in as many trees, most of them for a few bytes; at 2 KiB, half as much is written.
// Without syncs: the file is a copy, and a checkpoint that waits for the disk would hold up every write for some 50 ms.
// `machine-start.ts` sees to it that a file is not trusted after the machine itself has stopped.
const SETTINGS = `
  PRAGMA page_size = 2048;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -4096;
  PRAGMA mmap_size = 0;
  PRAGMA wal_autocheckpoint = 2000;
  PRAGMA journal_size_limit = 67108864;`;

/** A connection that writes, and which file it is on: a path can come to name another file, an inode in use cannot. */
export interface OpenViews {
  readonly database: DatabaseSync;
  readonly inode: bigint;
}

export interface Opened {
  readonly views: OpenViews;
  /** Where a damaged file was set aside first: the sentence that says so. */
  readonly notice: string | null;
}

/** The inode that the path names now; null where there is no file. Its cost is a few microseconds. */
export function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Opens views.db for writing: makes it where there is none, and where it is damaged or of another schema sets it aside and makes
 * a fresh one.
 * @param check `full` also reads through a file of at most 32 MiB; `quick` takes the same time whatever the size
 * @throws SQLite's error where the file or its folder cannot be used just now
 */
export function openViews(file: string, check: 'full' | 'quick'): Opened {
  return locked(file, () => {
    try {
      return { views: open(file, check), notice: null };
    } catch (error) {
      if (error instanceof FromEarlierStart) {
        removeDatabase(databaseOf(file));
        return { views: open(file, 'quick'), notice: `${basename(file)} is rebuilt from the log: ${error.message}` };
      }
      const reason = damageIn(error);
      if (reason === null) throw error;
      const notice = setFileAside(file, reason);
      return { views: open(file, 'quick'), notice };
    }
  });
}

/** Makes an empty version for a replay to fill. @param madeBy what its views will come out by */
export function makeViews(file: string, madeBy: string): void {
  const { database } = open(file, 'quick');
  try {
    database.prepare('INSERT INTO made_by (only_one, text) VALUES (1, ?)').run(toStorable(madeBy));
  } finally {
    database.close();
  }
}

/** Throws the views away; whoever opens them next makes them afresh. */
export function removeViews(file: string): void {
  locked(file, () => removeDatabase(databaseOf(file)));
}

/** Sets views.db aside where it is still the file `inode`; gives the notice, or null where another process was first. */
export function setDamagedAside(file: string, inode: bigint, reason: string): string | null {
  return locked(file, () => (inodeOf(file) === inode ? setFileAside(file, reason) : null));
}

/** Why this error means that the file is damaged; null where it means something else. */
export function damageIn(error: unknown): string | null {
  // SyntaxError: a text that `toStorable` never wrote.
  const damaged = isDamage(error) || error instanceof WrongSchema || error instanceof SyntaxError;
  return damaged ? (error as Error).message : null;
}

function open(file: string, check: 'full' | 'quick'): OpenViews {
  const path = databaseOf(file);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? null;
  if (bytes === null) {
    removeLogs(path);
    removeOrphans(file);
  }
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(SETTINGS);
    makeOrCheckSchema(database);
    markOrCheckStart(database);
    if (check === 'full' && (bytes ?? 0) <= FULL_CHECK_BYTES) checkThrough(database);
    const inode = inodeOf(file);
    if (inode === null) throw new Error('it was deleted while it was being opened');
    return { database, inode };
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkThrough(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw new WrongSchema(String(found).replaceAll('\n', ' '));
}

/** Why they cannot be used: which file is whose, where that is the reason. */
export function whyViewsUnusable(error: unknown, file: string, isReadOnly = false): string {
  const databases = [file, databaseOrFile(file)].flatMap(filesOf);
  return whyUnusable(error, isReadOnly ? databases : [...databases, `${file}.lock`, `${file}.replay.lock`], isReadOnly);
}

function databaseOrFile(file: string): string {
  try {
    return databaseOf(file);
  } catch {
    return file;
  }
}

/** Only the newest copy is kept: a disk that damages files again and again must not fill up as well. */
function setFileAside(file: string, reason: string): string {
  const prefix = `${basename(file)}.damaged-`;
  for (const name of readdirSync(dirname(file))) if (name.startsWith(prefix)) rmSync(join(dirname(file), name));
  const name = prefix + new Date().toISOString().replaceAll(':', '');
  const database = databaseOf(file);
  // The database first: a crash between the two leaves a log without its database, which the next opening removes.
  for (const ending of ENDINGS) {
    if (existsSync(database + ending)) renameSync(database + ending, join(dirname(file), name + ending));
  }
  return `${basename(file)} is damaged (${reason}): it is set aside as ${name} and rebuilt from the log`;
}

/** Only one process at a time opens, checks or replaces the file. */
export function locked<T>(file: string, work: () => T): T {
  const lock = lockOf(file);
  try {
    return work();
  } finally {
    lock.close();
  }
}

function lockOf(file: string): DatabaseSync {
  try {
    return lockFile(`${file}.lock`, BUSY_TIMEOUT_MS);
  } catch (cause) {
    throw new Error(`${file}.lock cannot be locked (${(cause as Error).message})`, { cause });
  }
}
