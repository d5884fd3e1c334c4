import type { Params } from '../../../events/import-events.ts';
import { bodyReaderFor } from './body-reader.ts';
import { parseQueryString } from './form.ts';
import { ParameterBudget } from './parameter-budget.ts';

interface RequestToParse {
  /** The `Content-Type` header, as it was sent. */
  readonly contentType: string | undefined;
  /** The body's bytes, inflated and already limited in size; null if there is none. */
  readonly body: Buffer | null;
  /** The text after `?` in the URL as sent, one character a byte (as in Node's `req.url`); '' if there is none. */
  readonly query: string;
  /** The ending of the path; it is a parameter, too. */
  readonly format?: string;
}

/**
 * The parameters of `POST /api/v1/imports`, as in Rails: first those of the body in the order sent, then those of the query, then
 * `controller`, `action` and `format`, which a caller cannot spoof. One in the query replaces one of the body, at its place.
 * No object in the result has a prototype, so every name is a plain key.
 * @throws {BadParameters}
 * @example parseParams({ contentType: 'application/x-www-form-urlencoded', body: Buffer.from('a[b]=1'), query: '' })
 *   // { a: { b: '1' }, controller: 'api/v1/imports', action: 'create' }
 */
export function parseParams({ contentType, body, query, format }: RequestToParse): Params {
  const budget = new ParameterBudget();
  const params = parseBody(contentType, body, budget);
  if (query !== '') Object.assign(params, parseQueryString(query, budget));
  params.controller = 'api/v1/imports';
  params.action = 'create';
  if (format !== undefined) params.format = format;
  return params;
}

/**
 * The parameters of a query string alone, for a `GET`.
 * @param query as `RequestToParse` has it.
 * @throws {BadParameters}
 */
export function parseQuery(query: string): Params {
  return parseQueryString(query, new ParameterBudget());
}

function parseBody(contentType: string | undefined, body: Buffer | null, budget: ParameterBudget): Params {
  if (body === null || body.length === 0) return Object.create(null);
  return bodyReaderFor(contentType)(body, budget);
}
