import type { oas31 } from 'zod-openapi';
import { EXPOSED } from '../out/cors.ts';
import { AFTER_RUNTIME, AFTER_VARY, BEFORE_TYPE, KEPT } from '../out/headers.ts';

/** The headers of the description. */

type DescribedHeader = oas31.HeaderObject;

/** A header that is on each answer for which it is described. */
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
const STRONG_TAG = '"T1PNoYwrqgwDVLtfmj7L5e"';

/** The headers of every answer. */
const OF_ALL = {
  ...fixed(BEFORE_TYPE, 'Answers are for the caller alone. Caches must not keep them.'),
  Vary: always(
    'The body may be compressed. If pages of other origins may read answers, headers depend on which page asks.',
    matching('^Accept-Encoding(?:, Origin)?$'),
    'Accept-Encoding',
  ),
  ...fixed(AFTER_VARY, 'For old browsers.'),
  'X-Request-Id': always(
    'The id of the request: the id that the caller sent, or a new UUID. If you report a problem, tell the operators this id.',
    matching('^[A-Za-z0-9_@-]{1,255}$'),
    REQUEST_ID,
  ),
  'X-Runtime': always('The time that the service took, in seconds.', matching('^\\d+\\.\\d{6}$'), '0.287917'),
  ...fixed(AFTER_RUNTIME, 'For browsers.'),
};

/** Instead of `Cache-Control` of every other answer, on those that caches may keep. */
const CACHE_CONTROL_OF_KEPT = 'Cache-Control-of-kept';
const OF_KEPT = {
  [CACHE_CONTROL_OF_KEPT]: always('The bytes never change. Caches of the caller may keep them.', {
    type: 'string',
    const: KEPT[1] as string,
  }),
};

/** The headers for pages of origins that the operators have named. */
export const OF_CORS = {
  'Access-Control-Allow-Origin': sometimes(
    'Sent to a page of an origin that the operators have named. The page may read the answer.',
    'https://app.example.com',
  ),
  'Access-Control-Expose-Headers': sometimes(
    'The headers that scripts of such a page may read, besides those that every script may.',
    EXPOSED,
  ),
};

/** The headers for callers with a valid token. */
export const OF_RATES = {
  'RateLimit-Policy': sometimes(
    'What this caller may send in a second, if the operators set a rate (draft-ietf-httpapi-ratelimit-headers-10). A 401 does not have it.',
    '"requests";q=50;w=1, "bytes";q=1000000;w=1',
  ),
  RateLimit: sometimes(
    'Sent with `RateLimit-Policy`: what is left after this request (`r`), and the seconds until more may be sent (`t`).',
    '"requests";r=49;t=1, "bytes";r=0;t=9',
  ),
};

export const OF_BODIES = {
  'Content-Encoding': sometimes('Present if the body is compressed.', undefined, { const: 'gzip' }),
  'Content-Length': always('Bytes of the body, as sent.', { type: 'integer', minimum: 0 }, 509),
};

export const OF_SUCCESSES = {
  'X-token': always(
    'A fresh token with the same claims as the one that was sent. It is issued now and valid for as long as the sent one (its `exp` minus its ' +
      '`iat`), four hours at most. If the sent one has an `exp` but no `iat`, the new one is valid until that `exp`. To keep a session alive, ' +
      'use the new token for the next request.',
    matching('^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$'),
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTQ3NTk1MzgsImlhdCI6MTU1NDc0NTEzOCwidXNlcl9pZCI6ImYxOTAwYmJhLWUzMzktNGRjOS04N2RmLTlkYzg2NjVhZGVhZCJ9.HAPJrWiZS7loLXuxCM-WzoFwAqSsyup58EyLBVtAflA',
  ),
};

/** The headers of some answers. */
const OF_SOME = {
  'X-Redacted': sometimes(
    'The places from which credentials were removed, separated by commas. Absent if there were none. A list of over 1000 characters ends in `...`.',
    'headers[Authorization], url',
  ),
  'Idempotent-Replayed': sometimes(
    'Present if the same request was recorded before with this `Idempotency-Key`. The answer is that import, as it was first recorded; or that webhook.',
    undefined,
    { const: 'true' },
  ),
  ETag: always(
    'The tag of this answer. Any change of the answer changes it. Send it in `If-None-Match`.',
    matching('^(?:W/)?"[A-Za-z0-9_-]+"$'),
    TAG,
  ),
  Link: sometimes(
    'The next page (RFC 8288), with the same filters. The last page of a list does not have it; each page of the feed has it, since there will be more events. It is a whole URL. It is relative to the request if that had no ' +
      'proper `Host`, or came through a proxy that the service does not know.',
    '<https://imports.example.com/api/v1/imports?limit=50&cursor=MjAxOS0wNC0wOFQxNzozODo1OC4wNDFaIDNkMTcyYjU0LWY0MGYtNGRmOS05MzQyLTBiMDQyZmFjNTM4Mg>; rel="next"',
    matching(
      '^<(?:https?://[^>]+)?/api/v1/(?:imports|webhooks(?:/[0-9a-f-]+/deliveries)?|operations/events|events|albums/[^/?>]+/images)\\?[^>]+>; rel="next"$',
    ),
  ),
  'Preference-Applied': sometimes('The wait that was granted, if the answer waited for something new.', 'wait=30'),
  'Accept-Ranges': always('Parts may be asked for.', { type: 'string', const: 'bytes' }),
  'Content-Disposition': always(
    'Under which name a browser saves it (RFC 6266).',
    matching('^inline; filename="[^"]+"'),
    `inline; filename="Image456.jpg"`,
  ),
  'Content-Security-Policy': always('Nothing in it is run.', {
    type: 'string',
    const: "default-src 'none'; sandbox",
  }),
  'Content-Range': always(
    'Which bytes these are, and how many there are; of a 416, only how many.',
    matching('^bytes (?:\\d+-\\d+|\\*)/\\d+$'),
    'bytes 0-1023/204800',
  ),
  'X-message': always('Says that the token was refused.', { type: 'string', const: 'Access denied' }),
  'WWW-Authenticate': always('The scheme to use.', { type: 'string', const: 'Token realm="Application"' }),
  Allow: always('The methods of this path.', { type: 'string' }, 'GET, HEAD, POST'),
  'Retry-After': always('How many seconds to wait before the next try.', { type: 'integer', minimum: 1 }, 1),
};

export const RESPONSE_HEADERS = {
  ...OF_ALL,
  ...OF_KEPT,
  ...OF_CORS,
  ...OF_RATES,
  ...OF_BODIES,
  ...OF_SUCCESSES,
  ...OF_SOME,
};

export type ResponseHeader = keyof typeof OF_SOME | keyof typeof OF_BODIES | keyof typeof OF_SUCCESSES;

const OF_REQUESTS = {
  'Idempotency-Key': sometimes(
    'A name for this import (or webhook), unique among all imports of this caller. Use a new UUID for each, and send it again with each retry. The ' +
      'same request with the same key is recorded once, however often and whenever it is sent, and always gets the same import. Two requests ' +
      'are the same if their parameters are equal. The order of members in an object does not count, nor do the values of the credentials that ' +
      '`X-Redacted` names. Another request with the same key gets 422.',
    '7c0d9a4e-0f3c-4a52-9f0e-6f2f0f6f1b0a',
    { minLength: 1, maxLength: 255 },
  ),
  'Content-Encoding': sometimes(
    'How the body is compressed: up to three codings, in the order in which they were applied. `x-gzip` is read as `gzip`.',
    undefined,
    { enum: ['gzip', 'deflate', 'br', 'identity'] },
  ),
  'If-None-Match': sometimes(
    'The `ETag` of an earlier answer, or several. The answer is 304 if it has not changed.',
    TAG,
  ),
  'X-Request-Id': sometimes(
    'An id for this request, which the answer and the records of the service will have. It is reduced to `A–Z a–z 0–9 _ - @` and to its first ' +
      '255 characters. If nothing is left, the service makes a UUID.',
    REQUEST_ID,
  ),
  'If-Match': sometimes(
    'The `ETag` that you have: of the status of the import, or of the image. If it is another one now, nothing is done, and the answer is 412.',
    STRONG_TAG,
  ),
  Prefer: sometimes(
    'With `wait=30` (RFC 7240), the answer waits until there is something new, for 30 seconds at most.',
    'wait=30',
  ),
  Range: sometimes(
    'A part of the bytes: `bytes=0-1023`, `bytes=1024-`, or the last ones, `bytes=-1024`.',
    'bytes=0-1023',
  ),
  'If-Range': sometimes(
    'The `ETag` of the parts that you have. If it is another one now, `Range` does not count, and the answer is the whole.',
    STRONG_TAG,
  ),
  'Last-Event-ID': sometimes(
    'The `id` of the last event of a stream that was cut: the new stream goes on after it. It counts more than `after`. Clients of event streams ' +
      'send it by themselves.',
  ),
  'Accept-Encoding': sometimes('With `gzip`, the body is compressed if that saves bytes.', 'gzip'),
};

export type RequestHeader = keyof typeof OF_REQUESTS;

export const REQUEST_HEADERS = Object.fromEntries(
  Object.entries(OF_REQUESTS).map(([name, header]) => [name, { name, in: 'header' as const, ...header }]),
);

/** The headers of an answer: those of all answers, and those of these groups and names. */
export function headersOf(...more: readonly (object | ResponseHeader)[]): { [name: string]: { $ref: string } } {
  const names = [OF_ALL, ...more].flatMap((one) => (typeof one === 'string' ? one : Object.keys(one)));
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The same for an answer that caches may keep. */
export function headersOfKept(...more: readonly (object | ResponseHeader)[]): { [name: string]: { $ref: string } } {
  const { Pragma: _, Expires: __, ...others } = headersOf(...more);
  return { ...others, 'Cache-Control': { $ref: `#/components/headers/${CACHE_CONTROL_OF_KEPT}` } };
}
