import { closeSync, fsyncSync, openSync, type Stats, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { whileBusy } from '../../sqlite/busy.ts';

/** If a long read let the write-ahead log grow, it is cut back to this length. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** Opens the log named `id`, which must be there, so that a COMMIT means "on disk". */
export function openForWriting(file: string, id: string, busyTimeoutMs: number): DatabaseSync {
  const url = pathToFileURL(file);
  // Without this mode, SQLite would make an empty file if the log is missing.
  url.searchParams.set('mode', 'rw');
  const db = new DatabaseSync(url, { timeout: 0 });
  try {
    whileBusy(() => prepare(db, file), busyTimeoutMs);
    const log = db.prepare('SELECT id FROM log').get() as { id: string };
    if (log.id !== id) throw new Error(`it is another log now (${log.id}, not ${id}): start the service again`);
    syncWal(file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The reason if a file is no longer the one that was opened. */
export const MOVED = 'the file was removed or replaced: start the service again';

/** The identity of the file at a path: another file in its place has another one. Null if there is no file. */
export function identityOf(file: string): string | null {
  return identityIn(statSync(file, { throwIfNoEntry: false }));
}

export function identityIn(stat: Stats | undefined): string | null {
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

function prepare(db: DatabaseSync, file: string): void {
  const { journal_mode } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
  if (journal_mode !== 'wal') throw new Error(`SQLite cannot keep a write-ahead log on the file system of ${file}`);
  // Our own code makes the checkpoints: if an automatic one failed, the COMMIT would fail with it.
  db.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    PRAGMA cache_size = -2048; PRAGMA mmap_size = 0`);
  db.prepare('SELECT 1 FROM log').get();
}

/** What a killed process wrote but did not sync can be read now. It must be on disk before anyone reads it. */
function syncWal(file: string): void {
  const wal = openSync(`${file}-wal`, 'r+');
  try {
    fsyncSync(wal);
  } finally {
    closeSync(wal);
  }
}

/**
 * Closes the last connection, but leaves the file and its write-ahead log as they are: SQLite moves the one into the other unless
 * somebody else has it open, and does so no more if that one may only read.
 */
export function closeUnmoved(db: DatabaseSync, file: string): void {
  const other = new DatabaseSync(file, { readOnly: true });
  try {
    other.prepare('SELECT 1 FROM sqlite_schema').get();
  } finally {
    db.close();
    other.close();
  }
}
