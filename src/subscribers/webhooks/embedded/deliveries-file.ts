import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makeOrCheckSchema } from '../../../sqlite/own-schema.ts';
import {
  BUSY_TIMEOUT_MS,
  checkThrough,
  damageIn,
  inodeOf,
  locked,
  moveAside,
  removeDatabase,
} from '../../../sqlite/replaceable-file.ts';
import { SCHEMA } from './schema.ts';

/** The file of the deliveries: opens it, and moves it aside if it is damaged. */

/** What happens after a damaged file was moved aside. */
const STARTS_AGAIN =
  'a new one is made: each webhook goes on from its watermark in the log, and some events are sent again';

// Synced at its checkpoints only: what the process wrote outlives it, and after a power failure the file is as it was some moments before.
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -4096;
  PRAGMA mmap_size = 0;
  PRAGMA journal_size_limit = 16777216;`;

// So that the file can be made shorter if the disk is nearly full. It would be written at each opening, even on a full disk.
const SETTINGS_OF_A_NEW_ONE = 'PRAGMA auto_vacuum = INCREMENTAL';

/** A writing connection and its file's inode: a path may name another file later, an inode in use cannot. */
export interface OpenDeliveries {
  readonly database: DatabaseSync;
  readonly inode: bigint;
  /** The store's id. */
  readonly id: string;
  /** The notice, if a damaged file was moved aside before. */
  readonly notice: string | null;
}

/**
 * Opens the file for writing. If there is none, it is made. If it is damaged or none of ours, it is moved aside and a new one is made.
 * @param isChecked whether a file of at most 32 MiB is read through
 * @throws SQLite's error if the file or its folder cannot be used just now
 */
export function openDeliveries(file: string, isChecked: boolean): OpenDeliveries {
  return locked(file, () => {
    try {
      return open(file, isChecked, null);
    } catch (error) {
      const reason = damageIn(error);
      if (reason === null) throw error;
      return open(file, false, moveAside(file, reason, STARTS_AGAIN));
    }
  });
}

/** Moves the file aside if it still is the file `inode`. Returns the notice, or null if another process was first. */
export function setDamagedAside(file: string, inode: bigint, reason: string): string | null {
  return locked(file, () => (inodeOf(file) === inode ? moveAside(file, reason, STARTS_AGAIN) : null));
}

function open(file: string, isChecked: boolean, notice: string | null): OpenDeliveries {
  const isNew = !existsSync(file);
  // The files that a deleted database left are unlinked, not reused: another process may still have them mapped.
  if (isNew) removeDatabase(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    if (isNew) database.exec(SETTINGS_OF_A_NEW_ONE);
    database.exec(SETTINGS);
    makeOrCheckSchema(database, SCHEMA);
    if (isChecked) checkThrough(database, file);
    const id = idIn(database) ?? newIdIn(database);
    const inode = inodeOf(file);
    if (inode === null) throw new Error('it was deleted while it was being opened');
    return { database, inode, id, notice };
  } catch (error) {
    database.close();
    throw error;
  }
}

function idIn(database: DatabaseSync): string | null {
  return (database.prepare('SELECT id FROM store').get()?.id as string | undefined) ?? null;
}

function newIdIn(database: DatabaseSync): string {
  const id = randomUUID();
  database.prepare('INSERT INTO store VALUES (1, ?)').run(id);
  return id;
}
