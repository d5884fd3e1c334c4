import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { whileBusy } from '../../sqlite/busy.ts';
import { makePrivate } from '../../sqlite/private-file.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/**
 * Makes the log, and its directory. If the process is killed midway, a file without tables remains; the next process fills it.
 * If two processes create at once, the second one finds the log of the first.
 * @param id a new one unless given
 */
export function createLog(file: string, busyTimeoutMs: number, id: string = randomUUID()): void {
  makeDirectory(dirname(resolve(file)));
  makePrivate(file);
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    whileBusy(() => create(db, id), busyTimeoutMs);
  } finally {
    db.close();
  }
}

function create(db: DatabaseSync, id: string): void {
  const { journal_mode } = db.prepare('PRAGMA journal_mode').get() as { journal_mode: string };
  // No rollback journal on disk: if a killed process left one, the log could not be opened read-only.
  if (journal_mode !== 'wal') db.exec('PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
  try {
    if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) {
      for (const statement of Object.values(SCHEMA)) db.exec(statement);
      db.prepare('INSERT INTO log (only, id) VALUES (1, ?)').run(id);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    db.exec('COMMIT');
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
  // From now on a file without tables means that no event was ever appended, even if the write-ahead log is lost.
  const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  if (busy !== 0) db.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

/** A new directory is durable only after its parent directory is synced. SQLite syncs only the file's own directory. */
function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r');
    fsyncSync(parent);
    closeSync(parent);
  }
}
