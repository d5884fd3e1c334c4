import fc from 'fast-check';
import { hostileBytes, hostileValue, mostly } from './hostile-text.ts';
import { type SentBody, sentBody } from './sent-bodies.ts';
import { authorization } from './tokens.ts';

const IMPORTS = '/api/v1/imports';
/** The key of an import that exists, for the document's user. */
export const SAME_KEY = 'the same';

const methods = mostly(
  fc.constantFrom('POST', 'POST', 'POST', 'GET', 'GET', 'HEAD'),
  fc.oneof(
    fc.constantFrom('OPTIONS', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'TRACE', 'PROPFIND', 'M-SEARCH', 'QUERY', 'PRI'),
    fc.constant('CONNECT x:1 HTTP/1.1\r\n\r\nGET'),
    hostileBytes(200),
  ),
);

/** The target of a request, mostly without characters that would end the request's line. */
function target(longest: number): fc.Arbitrary<string> {
  const text = hostileBytes(longest);
  return mostly(
    text.map((any) => any.replace(/[^!-~]/g, encodeURIComponent)),
    text,
  );
}

const FILTERS = [
  ...['limit', 'cursor', 'created_after', 'created_before', 'album_id', 'import_type', '_', 'x'],
  ...['since', 'until', 'stream', 'type', 'user_id', 'after', 'subject'],
];
const CURSORS = [
  '2026-11-24T10:21:30.095Z f1900bba-e339-4dc9-87df-9dc8665adead',
  '9999-99-99T99:99:99.999Z f1900bba-e339-4dc9-87df-9dc8665adead',
  ...['position 3', 'position 9999999999999999999', 'revision 1', 'revision 9999999999999999999'],
];
const cursors = fc.constantFrom(...CURSORS).map((text) => Buffer.from(text).toString('base64url'));
const queries = fc.oneof(
  { arbitrary: cursors.map((cursor) => `?limit=3&cursor=${cursor}`), weight: 1 },
  { arbitrary: fc.constant(''), weight: 6 },
  {
    arbitrary: fc.constantFrom('?limit=1', '?limit=500', '?since=2020-01-01', '?created_after=2026-11-24T10:21:30Z'),
    weight: 2,
  },
  {
    arbitrary: fc.tuple(fc.constantFrom(...FILTERS), target(2_000)).map(([name, text]) => `?${name}=${text}`),
    weight: 3,
  },
  { arbitrary: target(12_000).map((text) => `?${text}`), weight: 1 },
);

function paths(id: string): fc.Arbitrary<string> {
  const ofImport = [`${IMPORTS}/${id}`, `${IMPORTS}/${id}.json`, `${IMPORTS}/${id}/events`];
  const operations = ['events', 'events?limit=2', 'status', 'replay'].map((name) => `/api/v1/operations/${name}`);
  const others = [
    '/livez',
    '/readyz',
    '/openapi.json',
    '/asyncapi.json',
    '/schemas/events/import.requested/1.json',
    '/',
    '*',
    'http://x/livez',
  ];
  return fc.oneof(
    { arbitrary: fc.constantFrom(IMPORTS, IMPORTS, `${IMPORTS}.json`, '//api//v1/imports/'), weight: 24 },
    { arbitrary: fc.constantFrom(...ofImport), weight: 4 },
    { arbitrary: fc.constantFrom(...operations), weight: 3 },
    { arbitrary: fc.constantFrom('/api/v1/events', `/api/v1/events?subject=${id}`), weight: 4 },
    { arbitrary: fc.constantFrom(...others), weight: 2 },
    { arbitrary: target(12_000).map((text) => `${IMPORTS}/${text}`), weight: 1 },
    { arbitrary: target(12_000).map((text) => `http://${text}`), weight: 1 },
    { arbitrary: target(12_000), weight: 1 },
  );
}

const NAMES = [
  ...['X-Request-Id', 'Idempotency-Key', 'If-None-Match', 'X-Forwarded-For', 'Forwarded', 'X-Forwarded-Proto', 'Via'],
  ...['Accept-Encoding', 'Accept', 'Origin', 'Access-Control-Request-Method', 'Cookie', 'Range', 'Content-Encoding'],
  ...['Content-Type', 'Date', 'Host', 'Connection', 'Expect', 'TE', 'Upgrade', 'Keep-Alive', 'Prefer', 'Last-Event-ID'],
];
const USUAL = [
  ...['Connection: close', 'Connection: keep-alive', 'Expect: 100-continue', 'Expect: x', 'Accept-Encoding: gzip'],
  ...['If-None-Match: *', `Idempotency-Key: ${SAME_KEY}`, 'Forwarded: for=10.0.0.1;proto=https', 'Accept: */*'],
  ...[
    'Connection: Upgrade\r\nUpgrade: websocket',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA',
  ],
  ...['Accept: text/event-stream', 'Accept: text/event-stream\r\nLast-Event-ID: AXk', 'Prefer: wait=1'],
  ...['Origin: https://x.example\r\nAccess-Control-Request-Method: POST'],
];
const lines = fc.array(
  mostly(
    fc.oneof(
      fc.constantFrom(...USUAL),
      fc.tuple(fc.constantFrom(...NAMES), hostileValue(12_000)).map((parts) => parts.join(': ')),
    ),
    hostileBytes(2_000),
  ),
  { maxLength: 2 },
);

const versions = mostly(fc.constant('HTTP/1.1'), fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'X'));
const hosts = mostly(
  fc.constant('Host: x'),
  fc.oneof(
    hostileValue(2_000).map((host) => `Host: ${host}`),
    fc.constant('X-No: host'),
  ),
);
const NOTHING: SentBody = { lines: [], bytes: Buffer.alloc(0) };

/**
 * The bytes of one request.
 * @param id the id of an import that exists
 */
export function requestWith(id: string): fc.Arbitrary<Buffer> {
  const oddBody = mostly(fc.constant(NOTHING), sentBody);
  return fc
    .tuple(methods, paths(id), queries, versions, hosts, authorization, lines, sentBody, oddBody)
    .map(([method, path, query, version, host, token, further, body, otherwise]) => {
      const sent = ['GET', 'HEAD', 'OPTIONS', 'CONNECT'].includes(method) ? otherwise : body;
      const head = [`${method} ${path}${query} ${version}`, host, `Authorization: ${token}`, ...further, ...sent.lines];
      return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), sent.bytes]);
    });
}
