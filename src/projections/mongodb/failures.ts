import { type BulkWriteResult, MongoBulkWriteError, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import { reasonOf } from '../../reason-of.ts';
import { within } from '../../within.ts';
import { ReadModelUnavailable } from '../errors.ts';

/** The server did not answer in time. What became of the operation is unknown. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';

  constructor(withinMs: number) {
    super(`MongoDB did not answer within ${withinMs} ms`);
    this.name = 'NoAnswer';
  }
}

/** The promise's outcome. @throws {NoAnswer} it has none within so long */
export function bounded<T>(promise: Promise<T>, withinMs: number): Promise<T> {
  return within(withinMs, promise, () => new NoAnswer(withinMs));
}

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
export const DUPLICATE_KEY = 11_000;
export const NAMESPACE_NOT_FOUND = 26;
export const UNAUTHORIZED = 13;
export const AUTHENTICATION_FAILED = 18;
export const INVALID_NAMESPACE = 73;
/** Not the primary; 13436: not even a secondary. */
const NOT_PRIMARY = new Set([10_058, 10_107, 13_435, 13_436]);
/** No longer the primary, or shutting down; no majority in time; a host behind the one that answered is away. */
const AWAY = new Set([...NOT_PRIMARY, 6, 7, 64, 89, 91, 100, 133, 189, 262, 9_001, 11_600, 11_602]);

/** A lock that could not be had in time, a write conflict (which a deadlock is, to DocumentDB), and another operation in the way. */
const CONFLICTS = new Set([24, 112, 117]);

/** What a program throws that is wrong. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether the server answered with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}

/** Whether the server answered that it is not the primary, and so takes no writes. */
export function isNotPrimary(error: unknown): boolean {
  return error instanceof MongoServerError && NOT_PRIMARY.has(Number(error.code));
}

/** Whether the server ended it because it met what others did: then it was not done, and may be tried again. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  const codes = error instanceof MongoBulkWriteError ? [error.writeErrors].flat().map(({ code }) => code) : [];
  // FerretDB 2 has no code for the deadlock that PostgreSQL tells it of.
  return [error.code, ...codes].some((code) => CONFLICTS.has(Number(code))) || /deadlock/i.test(error.message);
}

/** Whether the server answered, though it is no success, or was never asked, as what was asked is impossible. */
export function isAnswer(error: unknown): boolean {
  if (error instanceof MongoInvalidArgumentError) return true;
  // One without a number is no server's: the driver's, for a bulk write whose connection was lost.
  return error instanceof MongoServerError && typeof error.code === 'number' && !AWAY.has(error.code);
}

/**
 * Whether it is a fault of this program. All else that a round trip can end with is the store's trouble, or that of what lies between:
 * a connection ends in more ways than can be listed, and the driver passes some of Node's errors on as they are.
 */
export function isOurs(error: unknown): boolean {
  // With a code it is Node's, of a socket that is gone.
  return FAULTS.some((fault) => error instanceof fault) && !('code' in (error as Error));
}

/** Whether the store as a whole cannot be used just now; false where it answered, or was never asked. */
export function isAway(error: unknown): boolean {
  return !isAnswer(error) && !isOurs(error);
}

/**
 * The result of a bulk write that ran to its end and is confirmed, though some of its operations failed; null for any other error.
 * The driver throws the same error for what ended a bulk write early, a lost connection for one; that one lists no failed operations.
 */
export function resultDespite(error: unknown): BulkWriteResult | null {
  if (!(error instanceof MongoBulkWriteError) || [error.writeErrors].flat().length === 0) return null;
  // What the primary did and a majority has not confirmed may be rolled back.
  return error.result.getWriteConcernError() === undefined ? error.result : null;
}

/** What the port says of a failed operation; a fault of our own stays as it is. */
export function asPortError(error: unknown): unknown {
  return isOurs(error) || error instanceof ReadModelUnavailable
    ? error
    : new ReadModelUnavailable(reasonOf(error), error);
}
