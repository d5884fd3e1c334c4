import { z } from 'zod';
import { LogUnavailable } from '../../events/errors.ts';
import { ReadModelUnavailable } from '../../projections/errors.ts';
import { AccessDenied } from '../in/access-denied.ts';
import { codingNotRead } from '../in/read-body.ts';
import { asProblem } from '../out/as-problem.ts';
import * as problem from '../out/problem.ts';
import { PROBLEMS, Problem, type ProblemCode, problemBody } from '../out/problem.ts';
import type { Access } from '../route.ts';
import { RECORDED_LIMIT_BYTES } from '../routes/create-import.ts';
import { EXAMPLE } from '../routes/examples.ts';
import { headersOf, OF_BODIES, OF_CORS, OF_RATES } from './headers.ts';

const problemSchema = z
  .object({
    type: z.string().meta({
      description:
        'Which problem this is. It never changes: programs should look at it, together with the status. There will be more types: go by the ' +
        'status of those that you do not know.',
      examples: Object.keys(PROBLEMS).map((code) => `urn:import-api:problem:${code}`),
    }),
    title: z.string().meta({ description: 'The type in words, the same for each problem of the type.' }),
    status: z.int().min(400).max(599).meta({ description: 'The status of the answer.' }),
    detail: z.string().meta({ description: 'What was wrong with this request and what to do about it, for a person.' }),
    instance: z.string().meta({
      description:
        'The path that was asked for, percent-encoded and without its query. Empty if the request was never whole.',
      override: { format: 'uri-reference' },
    }),
    request_id: z.string().meta({ description: 'The `X-Request-Id` of the answer.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

const IMPORTS = '/api/v1/imports';

/** @param instance the path that was asked for */
function response(id: string, description: string, headers: object, shown: Problem[], instance: string = IMPORTS) {
  const examples = shown.map((one, index) => [
    shown.findIndex(({ code }) => code === one.code) === index ? one.code : `${one.code}-${index + 1}`,
    { value: JSON.parse(problemBody(one, instance, EXAMPLE.request)) },
  ]);
  const content = { 'application/problem+json': { schema: problemSchema, examples: Object.fromEntries(examples) } };
  return { id, description, headers, content };
}

const known = headersOf(OF_RATES, OF_CORS, OF_BODIES);
const later = headersOf(OF_RATES, OF_CORS, OF_BODIES, 'Retry-After');

/** To an operator's path, from anybody else. */
const nothingHere = response(
  'NothingHere',
  'The token is not one of an operator. To anybody else, nothing is here, as at any path that leads nowhere.',
  known,
  [problem.nothingHere()],
  '/api/v1/operations/status',
);

/** What is answered under each status that problems have. */
const BY_STATUS = {
  400: response(
    'MalformedRequest',
    'The request cannot be understood: no `Host`, a wrong header or filter, a parameter of a GET that is not known, a body that is broken off or is ' +
      'not what its `Content-Type` says, bytes that are not UTF-8, conflicting parameters (`a=1&a[b]=2`), or a limit of the parameters that was ' +
      'passed. `detail` says which. The same request gets the same answer again, unless the connection broke off: then nothing was ' +
      'recorded, and `detail` says to send it again.',
    known,
    [problem.malformed('limit takes a whole number from 1 to 500.'), problem.brokenOff()],
  ),
  401: response(
    'AccessDenied',
    'No valid token was sent, or it may not create imports in this album. The answer does not say which. These look alike: a token that is ' +
      'missing, malformed, expired, or signed otherwise, a user or secret that is unknown or removed, and a missing ability.',
    headersOf(OF_CORS, OF_BODIES, 'X-message', 'WWW-Authenticate'),
    [new AccessDenied('token_missing')],
  ),
  403: response(
    'AlbumNotAllowed',
    'The token is valid, but may act on single albums only. `album_id` names another one, or the request names none. `detail` says which.',
    known,
    [problem.albumNotAllowed(undefined)],
  ),
  404: response(
    'NotFound',
    'There is no such import, or this token may not see it: the import of another organization looks like one that does not exist.',
    known,
    [problem.noSuchImport()],
    `${IMPORTS}/${EXAMPLE.import}`,
  ),
  405: response(
    'MethodNotAllowed',
    'The answer to methods of this path other than those in `Allow`.',
    headersOf(OF_CORS, OF_BODIES, 'Allow'),
    [problem.methodNotAllowed('DELETE', 'GET, HEAD, POST')],
  ),
  408: response(
    'RequestTimeout',
    'The request did not arrive in time. The connection is closed. Nothing was recorded: send it again.',
    known,
    [problem.requestTimeout()],
    '',
  ),
  413: response(
    'BodyTooLarge',
    'The body has over 1 MiB, as it was sent or after inflating. Or what is to be recorded of it takes more than that as JSON, in which a control ' +
      'character takes six bytes. Nothing was recorded. `detail` says which.',
    known,
    [problem.bodyTooLarge(1_048_576), problem.recordTooLarge(RECORDED_LIMIT_BYTES)],
  ),
  415: response(
    'UnsupportedMediaType',
    'There is a body that is not read, by its `Content-Type`, charset or `Content-Encoding`. Or a multipart body has a file: only text fields are ' +
      'read. Nothing was recorded. `detail` says what is read.',
    known,
    [codingNotRead()],
  ),
  422: response(
    'IdempotencyKeyReused',
    'This `Idempotency-Key` was used for an import with other parameters. Nothing was recorded: send the first parameters again, or choose a new key.',
    known,
    [
      problem.keyReused(
        'This import was requested with other parameters. Send the same parameters again, or choose a new key.',
      ),
    ],
  ),
  429: response(
    'TooManyRequests',
    'Nothing was recorded: send it again after `Retry-After`. `detail` says which limit was passed. `too-many-requests`: this caller has 512 requests ' +
      'under way, or its requests and unread answers hold too much memory. Or more than 64 requests of the connection wait for the answers to ' +
      'those before them; that needs no token and ends the connection. `rate-limited`: the caller sends more in a second than `RateLimit-Policy` allows.',
    later,
    [
      problem.tooManyRequests('Keep at most 512 requests under way at once.'),
      new Problem('rate-limited', 'You may send 50 requests a second. Wait 1 s, and send fewer.'),
    ],
  ),
  431: response(
    'HeadersTooLarge',
    'The headers of the request have over 16 KiB. The connection is closed.',
    headersOf('Content-Length'),
    [problem.headersTooLarge()],
    '',
  ),
  500: response(
    'InternalError',
    'A fault of the service. Whether a POST was recorded is unknown: send it again with its `Idempotency-Key`, and tell the operators the `request_id`.',
    known,
    [problem.internalError(null)],
  ),
  503: response(
    'Unavailable',
    'The service cannot do this for the moment: try again after `Retry-After`. Only lists answer `views-behind`. To a POST, `overloaded` and ' +
      '`read-model-unavailable` mean that nothing was recorded. `log-unavailable`, and any type that you do not know, means that the outcome is ' +
      '*unknown*: send it again with the same `Idempotency-Key`, so that the import is recorded once.',
    later,
    [
      problem.overloaded(),
      asProblem(new LogUnavailable('')),
      asProblem(new ReadModelUnavailable('')),
      problem.viewsBehind(),
    ],
  ),
};

/** The problems that all routes may answer: the server and the router make them. */
const OF_ALL: readonly ProblemCode[] = [
  'malformed-request',
  'method-not-allowed',
  'request-timeout',
  'too-many-requests',
  'headers-too-large',
];

const OF_CALLERS: readonly ProblemCode[] = [
  ...OF_ALL,
  ...(['access-denied', 'rate-limited', 'internal-error', 'overloaded', 'log-unavailable'] as const),
  'read-model-unavailable',
];

const BY_ACCESS: { readonly [access in Access]: readonly ProblemCode[] } = {
  anyone: OF_ALL,
  caller: OF_CALLERS,
  operator: OF_CALLERS,
};

/** The answers of a route that are problems, by their status: its own, and those of all routes that are for the same callers. */
export function problemResponses(access: Access, own: readonly ProblemCode[]): { [status: string]: object } {
  const statuses = [...BY_ACCESS[access], ...own].map((code) => PROBLEMS[code][0]);
  const responses = Object.fromEntries(statuses.map((status) => [status, BY_STATUS[status]]));
  return access === 'operator' ? { ...responses, 404: nothingHere } : responses;
}
