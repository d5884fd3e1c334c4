import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeOrCheckSchema } from '../../sqlite/own-schema.ts';
import { makePrivate } from '../../sqlite/private-file.ts';
import {
  BUSY_TIMEOUT_MS,
  checkThrough,
  damageIn,
  inodeOf,
  locked,
  moveAside,
  removeDatabase,
} from '../../sqlite/replaceable-file.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { FromEarlierStart, markOrCheckStart } from './machine-start.ts';
import { schemaFor } from './schema.ts';

/** The file of a version of the views: opens it for writing, checks it, and moves it aside if it is damaged. */

/** What happens after a damaged file was moved aside. */
const REBUILT = 'rebuilt from the log';

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
      const notice = moveAside(file, reason, REBUILT);
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
  return locked(file, () => (inodeOf(file) === inode ? moveAside(file, reason, REBUILT) : null));
}

function open(file: string, shapes: ViewShapes, check: 'full' | 'quick'): OpenViews {
  // The files that a deleted database left are unlinked, not reused: another process may still have them mapped.
  if (!existsSync(file)) removeDatabase(file);
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(SETTINGS);
    makeOrCheckSchema(database, schemaFor(shapes));
    markOrCheckStart(database);
    if (check === 'full') checkThrough(database, file);
    const inode = inodeOf(file);
    if (inode === null) throw new Error('it was deleted while it was being opened');
    return { database, inode };
  } catch (error) {
    database.close();
    throw error;
  }
}
