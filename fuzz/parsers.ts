import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import type { Context } from 'koa';
import { isSameRequest } from '../src/commands/same-request.ts';
import { parseJson } from '../src/events/json.ts';
import { decodersOf, firstContentType, formatOf } from '../src/http/in/bodies.ts';
import { clientAddress } from '../src/http/in/client-address.ts';
import { eventFilters } from '../src/http/in/event-filters.ts';
import { idempotencyKeyOf } from '../src/http/in/idempotency-key.ts';
import { importFilters } from '../src/http/in/import-filters.ts';
import { knownParameters, parametersAs } from '../src/http/in/known-parameters.ts';
import { ownOrigin } from '../src/http/in/own-origin.ts';
import { BadParameters } from '../src/http/in/params/bad-parameters.ts';
import { columnText } from '../src/http/in/params/column-text.ts';
import { parseParams } from '../src/http/in/params/parse-params.ts';
import { routedPath, withoutFormat } from '../src/http/in/paths.ts';
import { callersRequestId } from '../src/http/in/request-id.ts';
import { tokenOf } from '../src/http/in/token-header.ts';
import { trustedProxies } from '../src/http/in/trusted-proxies.ts';
import { parseRates } from '../src/http/limits/rates.ts';
import { conditionalAnswer } from '../src/http/out/etag.ts';
import { nothingHere, Problem, problemBody } from '../src/http/out/problem.ts';
import { RECORDED_LIMIT_BYTES } from '../src/http/routes/create-import.ts';
import { eventInLine, MalformedLine } from '../src/operations/transfer/event-line.ts';
import { parsePaths } from '../src/redaction/parameter-path.ts';
import { redactor } from '../src/redaction/redact.ts';
import { redactUrl } from '../src/redaction/redact-url.ts';
import { redactedHeader } from '../src/redaction/redacted-header.ts';
import { abilitiesOf } from '../src/tokens/abilities.ts';
import { Keys } from '../src/tokens/keys.ts';
import { TokenVerifier } from '../src/tokens/token-verifier.ts';
import { type Typed, typedBody } from './bodies.ts';
import { hostileBytes, hostileText, hostileValue } from './hostile-text.ts';
import { anyToken, authorization, JWT_SECRET } from './tokens.ts';

/** A parser of text from callers or operators, and the errors by which it may refuse an input. */
export interface Parser {
  readonly name: string;
  /** Gives the work on one input. An error that is not in `mayThrow` is a failure. */
  readonly work: fc.Arbitrary<Work>;
  readonly mayThrow: readonly (abstract new (...args: never[]) => Error)[];
}

export interface Work {
  /** The text to show for an input that fails. */
  readonly input: unknown;
  run(): unknown;
}

function parser<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  run: (input: Input) => unknown,
  mayThrow: Parser['mayThrow'] = [],
): Parser {
  return { name, work: inputs.map((input) => ({ input, run: () => run(input) })), mayThrow };
}

/** The service takes no larger bodies. Source: docs/api.md, Bodies. */
const BODY_LIMIT_BYTES = 1_048_576;
/** The most that Node takes of headers. */
const header = hostileValue(16_000);
const query = hostileBytes(16_000);
const redact = redactor(parsePaths('metadatas[ssn], ftp_pass, headers[X-Own]'));
const isTrusted = trustedProxies('127.0.0.1, 10.0.0.0/8, ::1') ?? null;
const verifier = new TokenVerifier(new Keys(JWT_SECRET));

/** A POST: its type, its body and its query. */
const posted = fc.tuple(
  typedBody(1_000_000),
  fc.oneof({ arbitrary: fc.constant(''), weight: 3 }, { arbitrary: query, weight: 1 }),
);

/** The work of the service on a POST in one step: its parameters, their record, and that record as text. */
function recordedOf([{ contentType, body }, inQuery]: readonly [Typed, string]) {
  const params = parseParams({
    contentType: contentType ?? undefined,
    body: body.subarray(0, BODY_LIMIT_BYTES),
    query: inQuery,
  });
  const { recorded, taken } = redact(params);
  return { params, recorded, taken, text: JSON.stringify(recorded) };
}

/** The record of a POST, made before the measurement; null if the POST is refused. */
const recordedBefore = posted.map((request) => {
  try {
    return recordedOf(request);
  } catch {
    return null;
  }
});

export const PARSERS: readonly Parser[] = [
  parser(
    'the parameters of a POST',
    posted,
    (request) => {
      const { params, taken } = recordedOf(request);
      redactedHeader(taken.map(({ place }) => place));
      columnText(params.album_id);
    },
    [BadParameters],
  ),
  // The service does this in a later turn of the event loop.
  parser('a request that is sent again', recordedBefore, (request) => {
    // A larger record is answered 413 before anything else.
    if (request === null || Buffer.byteLength(request.text) > RECORDED_LIMIT_BYTES) return;
    const { text, recorded, taken } = request;
    const redacted = taken.map(({ place }) => place);
    const first = parseJson(text) as typeof recorded;
    if (!isSameRequest({ params: first, redacted }, { params: recorded, redacted }))
      throw new Error('not the same again');
  }),
  parser(
    'a request that an earlier release recorded',
    recordedBefore,
    (request) => request && isSameRequest({ params: request.recorded }, { params: request.recorded, redacted: [] }),
  ),
  parser('the filters of a list', query, (text) => knownParameters(text, importFilters), [BadParameters, Problem]),
  parser(
    'each filter of a list',
    fc.tuple(fc.constantFrom('created_after', 'created_before', 'limit', 'cursor', 'album_id'), hostileText(16_000)),
    ([name, text]) => parametersAs(importFilters, { [name]: text }),
    [Problem],
  ),
  parser('the filters of events', query, (text) => knownParameters(text, eventFilters), [BadParameters, Problem]),
  parser(
    'each filter of events',
    fc.tuple(fc.constantFrom('stream', 'user_id', 'since', 'until', 'cursor', 'request_id'), hostileText(16_000)),
    ([name, text]) => parametersAs(eventFilters, { [name]: text }),
    [Problem],
  ),
  parser(
    'a cursor',
    fc.oneof(
      hostileText(100),
      fc.constantFrom(
        'position 9999999999999999999',
        'revision 99999999999',
        '0000-99-99T99:99:99.999Z f1900bba-e339-4dc9-87df-9dc8665adead',
      ),
    ),
    (text) => {
      const cursor = Buffer.from(text).toString('base64url');
      parametersAs(importFilters, { cursor });
    },
    [Problem],
  ),
  parser(
    'Authorization',
    fc.oneof(
      authorization,
      header.map((text) => `Token a${text}`),
    ),
    tokenOf,
  ),
  parser('a token', anyToken, (token) => {
    const verified = verifier.verify(token, 1_800_000_000);
    abilitiesOf(verified.claims).on('5005800000HEXCtAAP');
    if ('renewedAt' in verified) {
      const renewed = verifier.verify(verified.renewedAt(1_800_000_000), 1_800_000_000);
      if ('fault' in renewed) throw new Error(`the renewed token is refused: ${renewed.fault}`);
    }
  }),
  parser('X-Forwarded-For and Forwarded', fc.tuple(header, header), ([one, other]) =>
    clientAddress('127.0.0.1', { 'x-forwarded-for': one, forwarded: other }, isTrusted),
  ),
  parser('Host and X-Forwarded-Proto', fc.tuple(header, header, header), ([host, proto, forwarded]) =>
    ownOrigin(
      null,
      isTrusted,
    )({
      url: host,
      headers: { host, 'x-forwarded-proto': proto, forwarded },
      socket: { remoteAddress: '127.0.0.1' },
    } as unknown as IncomingMessage),
  ),
  parser('Content-Type', header, (text) => formatOf(firstContentType(text))),
  parser('Content-Encoding', header, decodersOf),
  parser('If-None-Match', header, (text) => conditionalAnswer({ headers: { 'if-none-match': text } } as Context, '{}')),
  parser('Idempotency-Key', header, idempotencyKeyOf, [Problem]),
  parser('X-Request-Id', header, callersRequestId),
  parser('a path', hostileBytes(16_000), (text) => {
    withoutFormat(routedPath(`/api/${text}`));
    problemBody(nothingHere(), text, 'x');
  }),
  parser('a URL to redact', hostileText(1_000_000), redactUrl),
  parser('JSON', hostileText(100_000), parseJson, [SyntaxError, RangeError]),
  parser('a line of an export', hostileText(100_000), eventInLine, [MalformedLine]),
  parser('TRUST_PROXY', hostileText(2_000), trustedProxies),
  parser('RATE_LIMIT', hostileText(2_000), parseRates),
  parser('REDACTED_PARAMETERS', hostileText(2_000), parsePaths, [RangeError]),
];
