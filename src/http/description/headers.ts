import type { oas31 } from 'zod-openapi';
import { EXPOSED } from '../out/cors.ts';
import { AFTER_RUNTIME, AFTER_VARY, BEFORE_TYPE } from '../out/headers.ts';

/** Headers as the description has them. */

type DescribedHeader = oas31.HeaderObject;

/** A header that each answer has that it is described for. */
function always(description: string, schema: oas31.SchemaObject, example?: string | number): DescribedHeader {
  return { description, required: true, schema, ...(example !== undefined && { example }) };
}

/** A header that an answer may have. */
function sometimes(description: string, example?: string, schema: oas31.SchemaObject = {}): DescribedHeader {
  return { description, schema: { type: 'string', ...schema }, ...(example !== undefined && { example }) };
}

const matching = (pattern: string): oas31.SchemaObject => ({ type: 'string', pattern });

/** @param namesAndValues a flat list */
function fixed(namesAndValues: readonly string[], description: string): { [name: string]: DescribedHeader } {
  const headers: { [name: string]: DescribedHeader } = {};
  for (let index = 0; index < namesAndValues.length; index += 2) {
    headers[namesAndValues[index] as string] = always(description, {
      type: 'string',
      const: namesAndValues[index + 1],
    });
  }
  return headers;
}

const REQUEST_ID = 'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8';
const TAG = 'W/"T1PNoYwrqgwDVLtfmj7L5e"';

/** Those of every answer. */
export const OF_ALL = {
  ...fixed(BEFORE_TYPE, 'Answers are for the caller alone: nothing keeps them.'),
  Vary: always(
    'The body may be compressed. If pages of other origins may read answers, headers depend on which page asks.',
    matching('^Accept-Encoding(?:, Origin)?$'),
    'Accept-Encoding',
  ),
  ...fixed(AFTER_VARY, 'For old browsers.'),
  'X-Request-Id': always(
    'The id of the request: the id that the caller sent, or a new UUID. Tell it to the operators.',
    matching('^[A-Za-z0-9_@-]{1,255}$'),
    REQUEST_ID,
  ),
  'X-Runtime': always('Seconds that the service took.', matching('^\\d+\\.\\d{6}$'), '0.287917'),
  ...fixed(AFTER_RUNTIME, 'For browsers.'),
};

/** Where the operators named origins of pages. */
export const OF_CORS = {
  'Access-Control-Allow-Origin': sometimes(
    'To a page of an origin that the operators have named: it may read the answer.',
    'https://app.example.com',
  ),
  'Access-Control-Expose-Headers': sometimes(
    'The headers that scripts of such a page may read, besides those that every script may.',
    EXPOSED,
  ),
};

/** To a caller who is known. */
export const OF_RATES = {
  'RateLimit-Policy': sometimes(
    'If the operators set a rate: what this caller may send in a second (draft-ietf-httpapi-ratelimit-headers-10). A 401 does not have it.',
    '"requests";q=50;w=1, "bytes";q=1000000;w=1',
  ),
  RateLimit: sometimes(
    'Together with `RateLimit-Policy`: what is left (`r`) once this request is counted, and in how many seconds more may be sent (`t`).',
    '"requests";r=49;t=1, "bytes";r=0;t=9',
  ),
};

export const OF_BODIES = {
  'Content-Encoding': sometimes('If the body is compressed.', undefined, { const: 'gzip' }),
  'Content-Length': always('Bytes of the body, as sent.', { type: 'integer', minimum: 0 }, 509),
};

export const OF_SUCCESSES = {
  'X-token': always(
    'The token of the request, minted anew: it has the same claims, is issued now, and is valid as long as the one that was sent (its `exp` ' +
      'less its `iat`), four hours at most. If that one has an `exp` and no `iat`, the new one is valid until that `exp`. To keep a session alive, ' +
      'use it for the next request.',
    matching('^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$'),
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTQ3NTk1MzgsImlhdCI6MTU1NDc0NTEzOCwidXNlcl9pZCI6ImYxOTAwYmJhLWUzMzktNGRjOS04N2RmLTlkYzg2NjVhZGVhZCJ9.HAPJrWiZS7loLXuxCM-WzoFwAqSsyup58EyLBVtAflA',
  ),
};

/** Those that single answers have. */
const OF_SOME = {
  'X-Redacted': sometimes(
    'The places that credentials were taken out of, with commas between. Absent if there were none. A list of over 1000 characters ends in `...`.',
    'headers[Authorization], url',
  ),
  'Idempotent-Replayed': sometimes(
    'The same request was recorded before under this `Idempotency-Key`: the import is that one, as it was first recorded.',
    undefined,
    { const: 'true' },
  ),
  ETag: always(
    'Any change of what is answered changes it. Send it in `If-None-Match`.',
    matching('^W/"[A-Za-z0-9_-]+"$'),
    TAG,
  ),
  Link: sometimes(
    'Of a list that goes on: the next page (RFC 8288), with the same filters. It is a whole URL. It is relative to the request if that had no ' +
      'proper `Host`, or came through a proxy that the service does not know of.',
    '<https://imports.example.com/api/v1/imports?limit=50&cursor=MjAxOS0wNC0wOFQxNzozODo1OC4wNDFaIDNkMTcyYjU0LWY0MGYtNGRmOS05MzQyLTBiMDQyZmFjNTM4Mg>; rel="next"',
    matching('^<(?:https?://[^>]+)?/api/v1/(?:imports|operations/events)\\?[^>]+>; rel="next"$'),
  ),
  'X-message': always('That the token was refused.', { type: 'string', const: 'Access denied' }),
  'WWW-Authenticate': always('The scheme that is asked for.', { type: 'string', const: 'Token realm="Application"' }),
  Allow: always('The methods of this path.', { type: 'string' }, 'GET, HEAD, POST'),
  'Retry-After': always('Seconds to wait before the request is sent again.', { type: 'integer', minimum: 1 }, 1),
};

export const RESPONSE_HEADERS = { ...OF_ALL, ...OF_CORS, ...OF_RATES, ...OF_BODIES, ...OF_SUCCESSES, ...OF_SOME };

export type ResponseHeader = keyof typeof OF_SOME | keyof typeof OF_BODIES | keyof typeof OF_SUCCESSES;

const inHeader = (
  name: string,
  description: string,
  schema: oas31.SchemaObject,
  example?: string,
): oas31.ParameterObject => ({
  ...{ name, in: 'header', description, schema: { type: 'string', ...schema } },
  ...(example !== undefined && { example }),
});

export const REQUEST_HEADERS = {
  'Idempotency-Key': inHeader(
    'Idempotency-Key',
    'Names this import among all imports of this caller: a new UUID for each import, sent again with each retry of it. The same request under the ' +
      'same key is recorded once, however often and at whatever time it is sent, and gets the same import. Two requests are the same if their ' +
      'parameters are equal. The order of members in an object does not count, nor do the values of the credentials that `X-Redacted` names. ' +
      'Another request under the same key gets 422.',
    { minLength: 1, maxLength: 255 },
    '7c0d9a4e-0f3c-4a52-9f0e-6f2f0f6f1b0a',
  ),
  'Content-Encoding': inHeader(
    'Content-Encoding',
    'If the body is compressed: up to three codings, in the order in which they were applied. `x-gzip` is read as `gzip`.',
    { enum: ['gzip', 'deflate', 'br', 'identity'] },
  ),
  'If-None-Match': inHeader(
    'If-None-Match',
    'The `ETag` of an earlier answer, or several: 304 if nothing has changed since.',
    {},
    TAG,
  ),
  'X-Request-Id': inHeader(
    'X-Request-Id',
    'The id that the caller gives this request, for the answer and the records of the service. It is reduced to `A–Z a–z 0–9 _ - @` and to its ' +
      'first 255 characters. If that leaves nothing, the service makes a UUID.',
    {},
    REQUEST_ID,
  ),
  'Accept-Encoding': inHeader(
    'Accept-Encoding',
    'With `gzip`, the body is compressed if that saves bytes.',
    {},
    'gzip',
  ),
};

export type RequestHeader = keyof typeof REQUEST_HEADERS;

/** The headers of an answer: those of all answers, and those of each of these groups and names. */
export function headersOf(...more: readonly (object | ResponseHeader)[]): { [name: string]: { $ref: string } } {
  const names = [OF_ALL, ...more].flatMap((one) => (typeof one === 'string' ? one : Object.keys(one)));
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
