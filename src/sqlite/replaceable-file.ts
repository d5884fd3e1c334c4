import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isDamage } from './errors.ts';
import { lockFile } from './lock.ts';
import { WrongSchema } from './own-schema.ts';
import { filesOf, whyUnusable } from './why-unusable.ts';

/** The file of a database that can be made anew: it is moved aside if it is damaged. Several processes may use it. */

/** How long a process waits for another's lock. A request ends after 3 s, so a write waits for two locks at most. */
export const BUSY_TIMEOUT_MS = 1500;

/** A full check reads the whole file, so only up to this size. */
const FULL_CHECK_BYTES = 32 * 1024 * 1024;

/** The inode that the path names now; null if there is no file. It takes a few microseconds. */
export function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/** Why this error means that the file is damaged; null if it means something else. */
export function damageIn(error: unknown): string | null {
  // SyntaxError: a text in it is none that we wrote.
  const damaged = isDamage(error) || error instanceof WrongSchema || error instanceof SyntaxError;
  return damaged ? (error as Error).message : null;
}

/** Reads through a file of at most 32 MiB. @throws {WrongSchema} what is wrong with it */
export function checkThrough(database: DatabaseSync, file: string): void {
  if (statSync(file).size > FULL_CHECK_BYTES) return;
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw new WrongSchema(String(found).replaceAll('\n', ' '));
}

/** Deletes a database. A process that has it open continues with the deleted files. */
export function removeDatabase(database: string): void {
  // The database first: after a crash on the way, a `-wal` without its database means nothing to SQLite.
  for (const file of filesOf(database)) rmSync(file, { force: true });
}

/**
 * Moves a damaged database aside. Only the newest copy is kept, so that a disk that damages files repeatedly does not also fill up.
 * @param instead what happens now, for the notice
 * @returns the notice for the operator
 */
export function moveAside(file: string, reason: string, instead: string): string {
  const prefix = `${basename(file)}.damaged-`;
  for (const name of readdirSync(dirname(file))) if (name.startsWith(prefix)) rmSync(join(dirname(file), name));
  const name = prefix + new Date().toISOString().replaceAll(':', '');
  // The database first: a crash between the two leaves a `-wal` without its database, which the next opening removes.
  for (const one of filesOf(file)) {
    if (existsSync(one)) renameSync(one, join(dirname(file), name + one.slice(file.length)));
  }
  return `${basename(file)} is damaged (${reason}): it is kept as ${name} and ${instead}`;
}

/** Runs `work` under the file's lock: one process at a time opens, checks or replaces the file. */
export function locked<T>(file: string, work: () => T): T {
  const lock = lockOf(file);
  try {
    return work();
  } finally {
    lock.close();
  }
}

/** Why the database cannot be used. If rights are the reason, it says which file and who owns it. */
export function whyReplaceableUnusable(error: unknown, file: string, isReadOnly = false): string {
  return whyUnusable(error, isReadOnly ? filesOf(file) : [...filesOf(file), `${file}.lock`], isReadOnly);
}

function lockOf(file: string): DatabaseSync {
  try {
    return lockFile(`${file}.lock`, BUSY_TIMEOUT_MS);
  } catch (cause) {
    throw new Error(`${file}.lock cannot be locked (${(cause as Error).message})`, { cause });
  }
}
