import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../errors/reason-of.ts';
import { whileBusy } from '../../sqlite/busy.ts';
import { isDamage } from '../../sqlite/errors.ts';
import { UntouchedReading } from '../../sqlite/reading.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { LogDamaged, LogUnavailable } from '../errors.ts';
import { damaged } from './damaged.ts';
import { headerOf } from './file-header.ts';
import { COLUMNS, eventOf, type Row } from './row.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { readWal, type Wal } from './wal.ts';
import { isWrittenOver } from './written-over.ts';

/** A file up to this size is checked whole at start (some 200 ms). Of a larger file only the newest events are checked, so that start-up stays fast. */
const WHOLE_CHECK_BYTES = 32 * 1024 * 1024;
const NEWEST_EVENTS = 2000;

export interface CheckedLog {
  readonly id: string;
}

/**
 * Checks the file, read-only: a damaged file stays byte for byte as it is. Null if there is no log yet: no file, or the
 * empty file of a process that was killed while it made the log.
 * @throws {LogDamaged} it says what was found and what to do.
 * @throws {LogUnavailable} the file cannot be read.
 */
export function checkLog(file: string, busyTimeoutMs: number): CheckedLog | null {
  // In this order: SQLite makes the write-ahead log after the file, so a log that another process just makes does not look like a lost file.
  const { walBytes, bytes } = sizesOf(file);
  if (bytes === 0) {
    if (walBytes > 0) throw damaged(file, `the file is missing or empty, yet ${file}-wal holds events`);
    return null;
  }
  try {
    return whileBusy(() => checkFile(file), busyTimeoutMs);
  } catch (error) {
    if (error instanceof LogDamaged) throw error;
    const reason = reasonOf(error);
    if (isDamage(error)) throw damaged(file, reason, error);
    throw new LogUnavailable(`${file} cannot be opened: ${whyUnusable(error, filesOf(file), true)}`, error);
  }
}

function checkFile(file: string): CheckedLog | null {
  const reading = new UntouchedReading(
    () => file,
    0,
    (db) => db,
  );
  try {
    return reading.read((db) => checkDatabase(db, file));
  } finally {
    reading.letGo();
  }
}

/** Lets SQLite read a database whose file has lost its end: it then fails only where a page is missing. */
export function readDespiteDamage(db: DatabaseSync): void {
  // This setting does it, although nothing is written; SQLite ignores it while it defends the schema.
  db.enableDefensive(false);
  db.exec('PRAGMA writable_schema = ON');
}

/** The id of a damaged log; null if even that cannot be read, or if it is no log of this version. */
export function idDespiteDamage(file: string): string | null {
  const reading = new UntouchedReading(
    () => file,
    0,
    (db) => db,
  );
  try {
    return reading.read((db) => {
      readDespiteDamage(db);
      checkKind(db, file);
      return idOf(db, file);
    });
  } catch {
    return null;
  } finally {
    reading.letGo();
  }
}

function checkDatabase(db: DatabaseSync, file: string): CheckedLog | null {
  // One snapshot for all checks below, while other processes append.
  db.exec('PRAGMA cache_size = -8192; BEGIN');
  if (isBlank(db)) return null;
  checkKind(db, file);
  const bytes = checkSize(db, file);
  checkSchema(db, file);
  if (bytes <= WHOLE_CHECK_BYTES) {
    checkPages(db, file);
    checkEvents(db, file, 0);
  } else {
    checkEvents(db, file, Math.max(0, headOf(db) - NEWEST_EVENTS));
  }
  return { id: idOf(db, file) };
}

/** Whether the database is empty: a process was killed while it made the log. */
function isBlank(db: DatabaseSync): boolean {
  return (
    pragma(db, 'application_id') === 0 &&
    pragma(db, 'user_version') === 0 &&
    db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  );
}

function checkKind(db: DatabaseSync, file: string): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw damaged(file, 'it is the database of another program', undefined, 'Name another file, or restore a backup.');
  }
  const version = pragma(db, 'user_version');
  if (version !== SCHEMA_VERSION) {
    throw damaged(
      file,
      `its layout has version ${version}, this program knows ${SCHEMA_VERSION}`,
      undefined,
      'Run the version of the service that made it, or a newer one.',
    );
  }
}

/**
 * The size of the log in bytes. SQLite itself checks the file's size only if there is no write-ahead log, and tolerates half a page.
 * It also ignores silently what comes after damage in the write-ahead log.
 */
function checkSize(db: DatabaseSync, file: string): number {
  const pages = pragma(db, 'page_count');
  const pageBytes = pragma(db, 'page_size');
  const wal = readWal(`${file}-wal`, pageBytes);
  if (wal.commitsAfterDamage > 1 && isStillSo(wal, file, pageBytes)) {
    throw damaged(
      file,
      `${file}-wal is damaged at frame ${wal.frames + 1}, with ${wal.commitsAfterDamage} appends after it`,
    );
  }
  if (wal.headers.length > 0 && isWrittenOver(file, () => headerOf(file), null)) {
    const found = `${file}-wal goes on from another file: a copy was put in its place`;
    throw damaged(file, found, undefined, WHAT_TO_DO_WITH_TWO);
  }
  let missing = 0;
  for (let page = Math.floor(fileBytes(file) / pageBytes) + 1; page <= pages; page += 1) {
    if (!wal.pages.has(page)) missing += 1;
  }
  if (missing > 0) throw damaged(file, `it is cut off: ${missing} of its ${pages} pages are missing`);
  return pages * pageBytes;
}

const WHAT_TO_DO_WITH_TWO =
  'If a copy was to be restored: `imports restore` does that from a backup. To go on with this file alone, as it is, move its -wal and -shm ' +
  'away: what was recorded after it was copied is lost then. To keep what either of them has, of one log: imports salvage.';

/** Another process may have been writing that frame while it was read. */
function isStillSo(wal: Wal, file: string, pageBytes: number): boolean {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  const again = readWal(`${file}-wal`, pageBytes);
  return again.commitsAfterDamage >= wal.commitsAfterDamage && again.frames === wal.frames;
}

function checkSchema(db: DatabaseSync, file: string): void {
  const sqlOf = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?');
  for (const [name, sql] of Object.entries(SCHEMA)) {
    if (sqlOf.get(name)?.sql !== sql)
      throw damaged(file, `its ${sql.split(' ')[1]?.toLowerCase()} ${name} was changed`);
  }
  // Such as one that lets an insert come to nothing, without an error: the append would be acknowledged, and lost.
  const triggers = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) IN ('log', 'events')",
  );
  for (const { name } of triggers.all() as { name: string }[]) {
    if (Object.hasOwn(SCHEMA, name)) continue;
    throw damaged(
      file,
      `it has the trigger ${name}, which this program did not make: appends could come to something else than they say`,
      undefined,
      'Find out who made it, and drop it with the sqlite3 shell.',
    );
  }
}

/** Not `quick_check`: it does not notice that an index lacks an event. */
function checkPages(db: DatabaseSync, file: string): void {
  const [first] = db.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (first?.integrity_check !== 'ok') throw damaged(file, `SQLite's check found: ${first?.integrity_check}`);
}

function checkEvents(db: DatabaseSync, file: string, after: number): void {
  const rows = db.prepare(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position`);
  rows.setReturnArrays(true);
  const lastRevisions = new Map<string, number>();
  let last = after;
  for (const row of rows.iterate(after) as unknown as Iterable<Row>) {
    const [position] = row;
    if (position !== last + 1) throw damaged(file, `the events between positions ${last} and ${position} are missing`);
    last = position;
    const { stream, revision } = eventOf(row, file);
    const before = lastRevisions.get(stream) ?? (after === 0 ? -1 : revision - 1);
    if (revision !== before + 1) throw damaged(file, `stream ${stream} lacks its event ${before + 1}`);
    lastRevisions.set(stream, revision);
  }
}

function idOf(db: DatabaseSync, file: string): string {
  const row = db.prepare('SELECT id FROM log').get() as { id: string } | undefined;
  if (row === undefined) throw damaged(file, 'it has lost its id');
  return row.id;
}

function headOf(db: DatabaseSync): number {
  return (db.prepare('SELECT ifnull(max(position), 0) AS head FROM events').get() as { head: number }).head;
}

function pragma(db: DatabaseSync, name: string): number {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number;
}

/** @throws {LogUnavailable} the folder cannot be read */
function sizesOf(file: string): { readonly walBytes: number; readonly bytes: number } {
  try {
    return { walBytes: fileBytes(`${file}-wal`), bytes: fileBytes(file) };
  } catch (error) {
    throw new LogUnavailable(`${file} cannot be looked for: ${whyUnusable(error, [file], true)}`, error);
  }
}

/** 0 if there is no such file. */
function fileBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
