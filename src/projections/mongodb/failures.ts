import { type BulkWriteResult, MongoAPIError, MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';
import { reasonOf } from '../../reason-of.ts';
import { ReadModelUnavailable } from '../read-model.ts';

/** The server did not answer in time. What became of the operation is unknown. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';

  constructor(withinMs: number) {
    super(`MongoDB did not answer within ${withinMs} ms`);
    this.name = 'NoAnswer';
  }
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

/** Whether the server answered with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}

/** Whether the server answered that it is not the primary, and so takes no writes. */
export function isNotPrimary(error: unknown): boolean {
  return error instanceof MongoServerError && NOT_PRIMARY.has(Number(error.code));
}

/** Whether the store as a whole cannot be used just now; false where it answered, or was never asked. */
export function isAway(error: unknown): boolean {
  // One without a number is no server's: the driver's, for a bulk write whose connection was lost.
  if (error instanceof MongoServerError && typeof error.code === 'number') return AWAY.has(error.code);
  return isTheStores(error) && !(error instanceof MongoAPIError);
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
  return isTheStores(error) ? new ReadModelUnavailable(reasonOf(error), error) : error;
}

function isTheStores(error: unknown): boolean {
  // The last is Node's, for a socket: the driver lets some of these through as they are.
  return error instanceof MongoError || error instanceof NoAnswer || (error instanceof Error && 'syscall' in error);
}
