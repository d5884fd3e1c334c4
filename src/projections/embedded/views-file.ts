import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDamage } from '../../sqlite/errors.ts';
import { lockFile } from '../../sqlite/lock.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { FromEarlierStart, markOrCheckStart } from './machine-start.ts';
import { makeOrCheckSchema, WrongSchema } from './schema.ts';

/** The file of a version of the views: how it is opened for writing, checked, and moved out of the way where it is damaged. */

/** What the names of a database's files end in. */
export const ENDINGS = ['', '-wal', '-shm'];

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
  /** Where a damaged file was moved out of the way first: the sentence that says so. */
  readonly notice: string | null;
}

/** The inode that the path names now; null where there is no file. Its cost is a few microseconds. */
export function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Opens the file for writing: makes it where there is none, and where it is damaged or of another schema moves it out of the way and makes
 * a fresh one.
 * @param check `full` also reads through a file of at most 32 MiB; `quick` takes the same time whatever the size
 * @throws SQLite's error where the file or its folder cannot be used just now
 */
export function openViews(file: string, shapes: ViewShapes, check: 'full' | 'quick'): Opened {
  return locked(file, () => {
    try {
      return { views: open(file, shapes, check), notice: null };
    } catch (error) {
      if (error instanceof FromEarlierStart) {
        removeDatabase(file);
        const notice = `${basename(file)} is rebuilt from the log: ${error.message}`;
        return { views: open(file, shapes, 'quick'), notice };
      }
      const reason = damageIn(error);
      if (reason === null) throw error;
      const notice = moveAside(file, reason);
      return { views: open(file, shapes, 'quick'), notice };
    }
  });
}

/** Throws the views away; whoever opens them next makes them afresh. */
export function removeViews(file: string): void {
  locked(file, () => removeDatabase(file));
}

/** Moves the file out of the way where it is still the file `inode`; gives the notice, or null where another process was first. */
export function setDamagedAside(file: string, inode: bigint, reason: string): string | null {
  return locked(file, () => (inodeOf(file) === inode ? moveAside(file, reason) : null));
}

/** Why this error means that the file is damaged; null where it means something else. */
export function damageIn(error: unknown): string | null {
  // SyntaxError: a text that `toStorable` never wrote.
  const damaged = isDamage(error) || error instanceof WrongSchema || error instanceof SyntaxError;
  return damaged ? (error as Error).message : null;
}

/** Deletes a database; whoever has it open goes on with what is gone for all others. */
export function removeDatabase(database: string): void {
  // The log of a database that is gone is no database's, so a crash on the way leaves nothing that could be taken for one.
  for (const ending of ENDINGS) rmSync(database + ending, { force: true });
}

function open(file: string, shapes: ViewShapes, check: 'full' | 'quick'): OpenViews {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? null;
  // What a deleted database left is not the next one's; a process may still have it mapped, so it is unlinked, not reused.
  if (bytes === null) removeDatabase(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(SETTINGS);
    makeOrCheckSchema(database, shapes);
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
  return whyUnusable(error, isReadOnly ? filesOf(file) : [...filesOf(file), `${file}.lock`], isReadOnly);
}

/** Only the newest copy is kept: a disk that damages files again and again must not fill up as well. */
function moveAside(file: string, reason: string): string {
  const prefix = `${basename(file)}.damaged-`;
  for (const name of readdirSync(dirname(file))) if (name.startsWith(prefix)) rmSync(join(dirname(file), name));
  const name = prefix + new Date().toISOString().replaceAll(':', '');
  // The database first: a crash between the two leaves a log without its database, which the next opening removes.
  for (const ending of ENDINGS) {
    if (existsSync(file + ending)) renameSync(file + ending, join(dirname(file), name + ending));
  }
  return `${basename(file)} is damaged (${reason}): it is kept as ${name} and rebuilt from the log`;
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
