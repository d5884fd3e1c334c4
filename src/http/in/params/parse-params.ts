import type { Params } from '../../../events/event-types.ts';
import { bodyReaderFor } from './body-reader.ts';
import { parseQueryString } from './form.ts';
import { ParameterBudget } from './parameter-budget.ts';

export interface RequestToParse {
  /** The `Content-Type` header, as it was sent. */
  readonly contentType: string | undefined;
  /** The body's bytes, inflated and already limited in size; null where there is none. */
  readonly body: Buffer | null;
  /** What follows `?` in the URL as sent, one character a byte (as in Node's `req.url`); '' where there is none. */
  readonly query: string;
  /** What the path asked for by its ending; a parameter too. */
  readonly format?: string;
}

/**
 * The parameters of `POST /api/v1/imports` as Rails would have them: the body's in the order sent, then the query's (which
 * win, in the body's place), then `controller`, `action` and `format`, which a caller cannot spoof. No object in the result
 * has a prototype, so every name is a plain key.
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
