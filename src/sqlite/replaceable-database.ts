import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makeOrCheckSchema, type OwnSchema } from './own-schema.ts';
import { makePrivate } from './private-file.ts';
import {
  BUSY_TIMEOUT_MS,
  checkThrough,
  damageIn,
  inodeOf,
  locked,
  moveAside,
  removeDatabase,
} from './replaceable-file.ts';

/** A kind of databases that are moved aside if they are damaged: what is in them, and how they are used. */
export interface Replaceable {
  readonly schema: OwnSchema;
  /** The statements with which each connection begins. */
  readonly settings: string;
  /** Those before it, in a file that is being made. */
  readonly settingsOfANewOne: string;
  /** What happens after a damaged file was moved aside, for the notice. */
  readonly instead: string;
}

/** A writing connection and its file's inode: a path may name another file later, an inode in use cannot. */
export interface OpenReplaceable {
  readonly database: DatabaseSync;
  readonly inode: bigint;
  /** The notice, if a damaged file was moved aside before. */
  readonly notice: string | null;
}

/**
 * Opens the file for writing. If there is none, it is made. If it is damaged or none of ours, it is moved aside and a new one is made.
 * @param isChecked whether a file of at most 32 MiB is read through
 * @throws SQLite's error if the file or its folder cannot be used just now
 */
export function openReplaceable(file: string, kind: Replaceable, isChecked: boolean): OpenReplaceable {
  return locked(file, () => {
    try {
      return open(file, kind, isChecked, null);
    } catch (error) {
      const reason = damageIn(error);
      if (reason === null) throw error;
      return open(file, kind, false, moveAside(file, reason, kind.instead));
    }
  });
}

/** Moves the file aside if it still is the file `inode`. Returns the notice, or null if another process was first. */
export function setDamagedAside(file: string, { instead }: Replaceable, inode: bigint, reason: string): string | null {
  return locked(file, () => (inodeOf(file) === inode ? moveAside(file, reason, instead) : null));
}

function open(file: string, kind: Replaceable, isChecked: boolean, notice: string | null): OpenReplaceable {
  const isNew = !existsSync(file);
  // The files that a deleted database left are unlinked, not reused: another process may still have them mapped.
  if (isNew) removeDatabase(file);
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    if (isNew) database.exec(kind.settingsOfANewOne);
    database.exec(kind.settings);
    makeOrCheckSchema(database, kind.schema);
    if (isChecked) checkThrough(database, file);
    const inode = inodeOf(file);
    if (inode === null) throw new Error('it was deleted while it was being opened');
    return { database, inode, notice };
  } catch (error) {
    database.close();
    throw error;
  }
}
