import { MongoAPIError, MongoError, MongoServerError } from 'mongodb';
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
  if (error instanceof MongoServerError) return AWAY.has(Number(error.code));
  if (error instanceof MongoAPIError) return false;
  return error instanceof NoAnswer || error instanceof MongoError;
}

/** What the port says of a failed operation; a fault of our own stays as it is. */
export function asPortError(error: unknown): unknown {
  const isTheStores = error instanceof MongoError || error instanceof NoAnswer;
  return isTheStores ? new ReadModelUnavailable(reasonOf(error), error) : error;
}
