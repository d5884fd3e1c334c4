/** The meaning of SQLite's result codes. Source: https://sqlite.org/rescode.html */

const ERROR = 1;
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const SCHEMA = 17;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;
/** The file that processes share beside the database, `-shm`, cannot be made large enough. */
const IO_ERROR_SHM_SIZE = 4874;
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_UNIQUE = 2067;

interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR';
  /** SQLite's extended result code; its low byte is the primary one. */
  readonly errcode: number;
  readonly errstr: string;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** The file is damaged or no database. */
export function isDamage(error: unknown): boolean {
  return isSqliteError(error) && [CORRUPT, NOT_A_DATABASE].includes(error.errcode & 0xff);
}

/** Another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === BUSY;
}

/** The connection would need to write, and may not. */
export function isReadOnlyTrouble(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === READONLY;
}

/** The file, or one beside it, cannot be opened. */
export function isCannotOpen(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === CANNOT_OPEN;
}

/** The disk is full. */
export function isFull(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === FULL || error.errcode === IO_ERROR_SHM_SIZE);
}

/** SQLite does not understand a statement. Ours are correct, so the schema may have changed. */
export function isSchemaTrouble(error: unknown): boolean {
  return isSqliteError(error) && [ERROR, SCHEMA].includes(error.errcode & 0xff);
}

/** The row collides with an existing one. The statement was undone; the transaction continues. */
export function isUniqueConflict(error: unknown): boolean {
  return isSqliteError(error) && [CONSTRAINT_PRIMARY_KEY, CONSTRAINT_UNIQUE].includes(error.errcode);
}
