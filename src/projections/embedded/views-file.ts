import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDamage } from '../../sqlite/errors.ts';
import { lockFile } from '../../sqlite/lock.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { FromEarlierStart, markOrCheckStart } from './machine-start.ts';
import { makeOrCheckSchema, WrongSchema } from './schema.ts';

/** The file of a version of the views: opens it for writing, checks it, and moves it aside if it is damaged. */

/** The endings of a database's files. */
const ENDINGS = ['', '-wal', '-shm'];

/** How long a process waits for another's lock. A request ends after 3 s, so a write waits for two locks at most. */
export const BUSY_TIMEOUT_MS = 1500;
/** A full check reads the whole file, so only up to this size. */
const FULL_CHECK_BYTES = 32 * 1024 * 1024;

// Small pages: a view changes some five pages in as many trees, most of them by a few bytes. With 2 KiB, half as much is written.
// Without syncs: the file is a copy, and a checkpoint that waits for the disk would delay every write by some 50 ms.
// `machine-start.ts` makes sure that no file is trusted after the machine itself has stopped.
const SETTINGS = `
  PRAGMA page_size = 2048;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -4096;
  PRAGMA mmap_size = 0;
  PRAGMA wal_autocheckpoint = 2000;
  PRAGMA journal_size_limit = 67108864;`;

/** A writing connection and its file's inode: a path may name another file later, an inode in use cannot. */
export interface OpenViews {
  readonly database: DatabaseSync;
  readonly inode: bigint;
}

export interface Opened {
  readonly views: OpenViews;
  /** The notice, if a damaged file was moved aside before. */
  readonly notice: string | null;
}

/** The inode that the path names now; null if there is no file. It takes a few microseconds. */
export function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Opens the file for writing. If there is none, it is made. If it is damaged or has another schema, it is moved aside and a new one is made.
 * @param check `full` also reads through a file of at most 32 MiB; `quick` takes the same time whatever the size
 * @throws SQLite's error if the file or its folder cannot be used just now
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

/** Throws the views away. The next opening makes them again. */
export function removeViews(file: string): void {
  locked(file, () => removeDatabase(file));
}

/** Moves the file aside if it still is the file `inode`. Returns the notice, or null if another process was first. */
export function setDamagedAside(file: string, inode: bigint, reason: string): string | null {
  return locked(file, () => (inodeOf(file) === inode ? moveAside(file, reason) : null));
}

/** Why this error means that the file is damaged; null if it means something else. */
export function damageIn(error: unknown): string | null {
  // SyntaxError: a text is not from `toStorable`.
  const damaged = isDamage(error) || error instanceof WrongSchema || error instanceof SyntaxError;
  return damaged ? (error as Error).message : null;
}

/** Deletes a database. A process that has it open continues with the deleted files. */
function removeDatabase(database: string): void {
  // The database first: after a crash on the way, a `-wal` without its database means nothing to SQLite.
  for (const ending of ENDINGS) rmSync(database + ending, { force: true });
}

function open(file: string, shapes: ViewShapes, check: 'full' | 'quick'): OpenViews {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? null;
  // The files that a deleted database left are unlinked, not reused: another process may still have them mapped.
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

/** Why the views cannot be used. If rights are the reason, it says which file and who owns it. */
export function whyViewsUnusable(error: unknown, file: string, isReadOnly = false): string {
  return whyUnusable(error, isReadOnly ? filesOf(file) : [...filesOf(file), `${file}.lock`], isReadOnly);
}

/** Only the newest copy is kept, so that a disk that damages files repeatedly does not also fill up. */
function moveAside(file: string, reason: string): string {
  const prefix = `${basename(file)}.damaged-`;
  for (const name of readdirSync(dirname(file))) if (name.startsWith(prefix)) rmSync(join(dirname(file), name));
  const name = prefix + new Date().toISOString().replaceAll(':', '');
  // The database first: a crash between the two leaves a `-wal` without its database, which the next opening removes.
  for (const ending of ENDINGS) {
    if (existsSync(file + ending)) renameSync(file + ending, join(dirname(file), name + ending));
  }
  return `${basename(file)} is damaged (${reason}): it is kept as ${name} and rebuilt from the log`;
}

/** Runs `work` under the file's lock: one process at a time opens, checks or replaces the file. */
function locked<T>(file: string, work: () => T): T {
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
