import type { Params } from '../../events/event-types.ts';
import { parseForm, parseQueryString } from './form.ts';
import { parseJsonBody } from './json-body.ts';
import { parseMultipart } from './multipart.ts';
import { ParameterBudget } from './parameter-budget.ts';

export interface RequestToParse {
  /** The `Content-Type` header. */
  readonly contentType: string | undefined;
  /** The body's bytes, inflated and already limited in size; null where there is none. */
  readonly body: Buffer | null;
  /** What follows `?` in the URL as sent, one character a byte (as in Node's `req.url`); '' where there is none. */
  readonly query: string;
}

const MEDIA_TYPE = /^[^,;]*/;

/**
 * The parameters of `POST /api/v1/imports` as Rails would have them: the body's in the order sent, then the query's (which
 * win, in the body's place), then `controller` and `action`, which a caller cannot spoof. A body of a media type other than
 * form, JSON and multipart is ignored. No object in the result has a prototype, so every name is a plain key.
 * @throws {BadParameters}
 * @example parseParams({ contentType: 'application/x-www-form-urlencoded', body: Buffer.from('a[b]=1'), query: '' })
 *   // { a: { b: '1' }, controller: 'api/v1/imports', action: 'create' }
 */
export function parseParams({ contentType, body, query }: RequestToParse): Params {
  const budget = new ParameterBudget();
  const params = parseBody(contentType, body, budget);
  if (query !== '') Object.assign(params, parseQueryString(query, budget));
  params.controller = 'api/v1/imports';
  params.action = 'create';
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
  if (contentType === undefined || body === null || body.length === 0) return Object.create(null);
  switch (MEDIA_TYPE.exec(contentType)?.[0].trim().toLowerCase()) {
    case 'application/x-www-form-urlencoded':
      return parseForm(body, budget);
    // The synonyms that Rails knows; vendor types such as application/vnd.api+json are not among them.
    case 'application/json':
    case 'text/x-json':
    case 'application/jsonrequest':
      return parseJsonBody(body, budget);
    case 'multipart/form-data':
      return parseMultipart(body, contentType, budget);
    default:
      return Object.create(null);
  }
}
