import type { Params } from '../../events/event-types.ts';
import { malformed } from '../out/problem.ts';

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 500;

/**
 * A parameter of a query string that has one value.
 * @throws {Problem} 400
 */
export function textOf(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || typeof value === 'string') return value;
  throw malformed(`${name} takes one value: ${name}=…`);
}

/**
 * The same for a time: a plus sign that was not escaped has become a space.
 * @throws {Problem} 400
 */
export function timeTextOf(params: Params, name: string): string | undefined {
  return textOf(params, name)?.replace(' ', '+');
}

/**
 * How many a page has at most.
 * @throws {Problem} 400
 */
export function limitOf(params: Params): number {
  const text = textOf(params, 'limit');
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > HIGHEST_LIMIT) throw malformed(`limit takes a whole number from 1 to ${HIGHEST_LIMIT}.`);
  return limit;
}

/** @param cursor as the `Link` header had it */
export function notOurCursor(): Error {
  return malformed('cursor is not one of ours: follow the Link header as it is, or leave it out.');
}
