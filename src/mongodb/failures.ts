import { type BulkWriteResult, MongoBulkWriteError, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import { reasonOf } from '../errors/reason-of.ts';
import { within } from '../time/within.ts';
import type { Unavailable } from './unavailable.ts';

/** The server did not answer in time. The outcome of the operation is unknown. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';

  constructor(withinMs: number) {
    super(`MongoDB did not answer within ${withinMs} ms`);
    this.name = 'NoAnswer';
  }
}

/** The promise's outcome. @throws {NoAnswer} it has none within `withinMs` */
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
/** No longer the primary, or shutting down; no majority in time; another host that the server needs is away. */
const AWAY = new Set([...NOT_PRIMARY, 6, 7, 64, 89, 91, 100, 133, 189, 262, 9_001, 11_600, 11_602]);

/** A lock was not free in time, a write conflict (DocumentDB's code for a deadlock, too), another operation runs. */
const CONFLICTS = new Set([24, 112, 117]);

/** Errors that only a fault in the program throws. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether the server answered with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}

/** Whether the server answered that it is not the primary, and so takes no writes. */
export function isNotPrimary(error: unknown): boolean {
  return error instanceof MongoServerError && NOT_PRIMARY.has(Number(error.code));
}

/** Whether it conflicted with another operation: then it was not done, and may be tried again. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  const codes = error instanceof MongoBulkWriteError ? [error.writeErrors].flat().map(({ code }) => code) : [];
  // FerretDB 2 has no code for a deadlock in PostgreSQL.
  return [error.code, ...codes].some((code) => CONFLICTS.has(Number(code))) || /deadlock/i.test(error.message);
}

/** Whether the server answered with a failure, or was not asked because the request is impossible. */
export function isAnswer(error: unknown): boolean {
  if (error instanceof MongoInvalidArgumentError) return true;
  // An error without a number is the driver's, for a bulk write whose connection was lost.
  return error instanceof MongoServerError && typeof error.code === 'number' && !AWAY.has(error.code);
}

/**
 * Whether it is a fault of this program. Every other error is the store's or the network's: a connection ends in more ways than can be
 * listed, and the driver passes on some of Node's errors.
 */
export function isProgramFault(error: unknown): boolean {
  // With a code it is Node's error about a lost socket.
  return FAULTS.some((fault) => error instanceof fault) && !('code' in (error as Error));
}

/** Whether the whole store cannot be used just now; false if it answered or was not asked. */
export function isAway(error: unknown): boolean {
  return !isAnswer(error) && !isProgramFault(error);
}

/**
 * The result of a bulk write that ended and is confirmed, although some of its operations failed; null for any other error. The driver
 * throws the same error if a bulk write ended early (a lost connection, for example), but then it lists no failed operations.
 */
export function resultDespite(error: unknown): BulkWriteResult | null {
  if (!(error instanceof MongoBulkWriteError) || [error.writeErrors].flat().length === 0) return null;
  // A write that no majority has confirmed may be rolled back.
  return error.result.getWriteConcernError() === undefined ? error.result : null;
}

/** The port's error for a failed operation. A fault of our own stays as it is. */
export function asPortError(error: unknown, Unavailable: Unavailable): unknown {
  return isProgramFault(error) || error instanceof Unavailable ? error : new Unavailable(reasonOf(error), error);
}
