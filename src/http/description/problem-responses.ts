import { z } from 'zod';
import { LogUnavailable } from '../../events/errors.ts';
import { StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import { SealedUnavailable } from '../../importer/sealed/sealed-store.ts';
import { ReadModelUnavailable } from '../../projections/errors.ts';
import { DeliveriesUnavailable } from '../../subscribers/webhooks/delivery-store.ts';
import { AccessDenied } from '../in/access-denied.ts';
import { codingNotRead } from '../in/read-body.ts';
import { JSON_LIMIT_BYTES, jsonOnly } from '../in/read-json.ts';
import { asProblem } from '../out/as-problem.ts';
import * as problem from '../out/problem.ts';
import { NOT_FOR_WORKERS, PROBLEMS, Problem, type ProblemCode, problemBody } from '../out/problem.ts';
import type { Access } from '../route.ts';
import { RECORDED_LIMIT_BYTES } from '../routes/create-import.ts';
import { EXAMPLE } from '../routes/examples.ts';
import { headersOf, OF_BODIES, OF_CORS, OF_RATES } from './headers.ts';

const problemSchema = z
  .object({
    type: z.string().meta({
      description:
        'The type of the problem, which never changes. Programs should check it, together with the status. There will be more types. For a type ' +
        'that you do not know, go by the status.',
      examples: Object.keys(PROBLEMS).map((code) => `urn:import-api:problem:${code}`),
    }),
    title: z.string().meta({ description: 'The type in words, the same for all problems of the type.' }),
    status: z.int().min(400).max(599).meta({ description: 'The status of the answer.' }),
    detail: z.string().meta({ description: 'What is wrong with this request and what to do about it, for a person.' }),
    instance: z.string().meta({
      description:
        'The path of the request, percent-encoded and without its query. Empty if the request was never whole.',
      override: { format: 'uri-reference' },
    }),
    request_id: z.string().meta({ description: 'The `X-Request-Id` of the answer.' }),
    reason: z
      .string()
      .optional()
      .meta({ description: 'Of bytes that are refused: the reason, as the status of an import has it.' }),
    import_status: z
      .string()
      .optional()
      .meta({ description: 'Of a conflict about an import: the status of the import.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

const IMPORTS = '/api/v1/imports';

/** @param instance the path of the request */
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

/** The answer of an operator's path to any other caller. */
const nothingHere = response(
  'NothingHere',
  'The token does not belong to an operator. The answer is that of a path that does not exist.',
  known,
  [problem.nothingHere()],
  '/api/v1/operations/status',
);

/** The answer with each status that problems have. */
const BY_STATUS = {
  400: response(
    'MalformedRequest',
    'The service cannot read the request: no `Host`, a wrong header or filter, an unknown parameter of a query, a wrong or unknown member of a JSON body, a body that is incomplete or does not ' +
      'fit its `Content-Type`, bytes that are not UTF-8, conflicting parameters (`a=1&a[b]=2`), or too many parameters. `detail` says which. The ' +
      'same request gets the same answer again, unless the connection broke off: then nothing was recorded, and `detail` says to send it again.',
    known,
    [problem.malformed('limit takes a whole number from 1 to 500.'), problem.brokenOff()],
  ),
  401: response(
    'AccessDenied',
    'No valid token was sent, or it may not create imports in this album. The answer is the same for all reasons: a token that is missing, ' +
      'malformed, expired or wrongly signed, a user or secret that is unknown or removed, and a missing ability.',
    headersOf(OF_CORS, OF_BODIES, 'X-message', 'WWW-Authenticate'),
    [new AccessDenied('token_missing')],
  ),
  403: response(
    'Forbidden',
    'The token is valid, but may not do this. `album-not-allowed`: it is only for some albums, and `album_id` names another album, or the request names ' +
      'none. `role-not-allowed`: the route is not for users with this role. `detail` says which.',
    known,
    [problem.albumNotAllowed(undefined), problem.roleNotAllowed(NOT_FOR_WORKERS)],
  ),
  404: response(
    'NotFound',
    'There is nothing by this id or name, or this token may not see it. What belongs to another organization gets the same answer as what does not exist. ' +
      'So does a webhook that was deleted.',
    known,
    [
      problem.noSuchImport(),
      problem.noSuchImage(),
      problem.noSuchClaim(),
      problem.noSuchWebhook(),
      problem.noSuchDelivery(),
    ],
    `${IMPORTS}/${EXAMPLE.import}`,
  ),
  405: response(
    'MethodNotAllowed',
    'This path has only the methods in `Allow`.',
    headersOf(OF_CORS, OF_BODIES, 'Allow'),
    [problem.methodNotAllowed('PUT', 'GET, HEAD, POST')],
  ),
  408: response(
    'RequestTimeout',
    'The request did not arrive in time. The connection is closed. Nothing was recorded: send it again.',
    known,
    [problem.requestTimeout()],
    '',
  ),
  409: response(
    'Conflict',
    'The state of the resource does not allow what was asked for. `detail` says what to do first.',
    known,
    [
      problem.conflict('The webhook is disabled and sends nothing: enable it first.'),
      problem.conflict('The import has succeeded: there is nothing to cancel.', 'succeeded'),
    ],
  ),
  410: response(
    'Gone',
    '`gone`: the log no longer has the event of this cursor at its place: events were moved, or an older backup was restored. `deleted`: the operators ' +
      'have deleted for good what the request is about, and nothing was recorded: do not send it again. `detail` says how to go on.',
    known,
    [problem.placeGone(), problem.deleted()],
    '/api/v1/events',
  ),
  412: response(
    'PreconditionFailed',
    'The import is in another state than the one that `If-Match` names. Nothing was done.',
    known,
    [problem.preconditionFailed('The import is in another state than If-Match names.')],
    `${IMPORTS}/${EXAMPLE.import}/cancel`,
  ),
  413: response(
    'BodyTooLarge',
    'The body has over 1 MiB (a JSON object that is no import: 64 KiB; an image: what the operators allow), as sent or after inflating, or the record of an import as JSON would have more. In JSON, a control ' +
      'character takes six bytes. Nothing was recorded. `detail` says which limit was passed.',
    known,
    [
      problem.bodyTooLarge(1_048_576),
      problem.bodyTooLarge(JSON_LIMIT_BYTES),
      problem.recordTooLarge(RECORDED_LIMIT_BYTES),
    ],
  ),
  415: response(
    'UnsupportedMediaType',
    'The service does not read bodies with this `Content-Type`, charset or `Content-Encoding`. Or a multipart body has a file: only text fields ' +
      'are read. Nothing was recorded. `detail` says what to send.',
    known,
    [codingNotRead(), jsonOnly()],
  ),
  416: response(
    'RangeNotSatisfiable',
    'The image has none of the bytes that `Range` asks for. `Content-Range` says how many there are.',
    { ...known, ...headersOf('Content-Range') },
    [problem.noSuchRange(204_800)],
    `/api/v1/images/${EXAMPLE.image}/original`,
  ),
  422: response(
    'Unprocessable',
    'Nothing was recorded. `idempotency-key-reused`: this `Idempotency-Key` was used for another request. Send the first one again, or choose a new ' +
      'key. `webhook-refused`: nothing may be sent to this URL. `image-refused`: the bytes are not the image; the claim is still yours. `detail` says what to send instead.',
    known,
    [
      problem.keyReused(
        'This import was requested with other parameters. Send the same parameters again, or choose a new key.',
      ),
      problem.webhookRefused('the URL must begin with https://, not with http:'),
      problem.imageRefused('not_an_image', 'It is none of JPEG, PNG, GIF, WebP, TIFF, BMP, HEIC and AVIF.'),
    ],
  ),
  429: response(
    'TooManyRequests',
    'Nothing was recorded. Send it again after `Retry-After`. `detail` says which limit was passed. `too-many-requests`: this caller has 512 ' +
      'requests under way, or 20 live streams, downloads and waiting requests, or its requests and unread answers hold too much memory. Or more than 64 requests of the connection wait for the ' +
      'answers to earlier ones, which ends the connection, with or without a token. `rate-limited`: the caller sends more in a second than ' +
      '`RateLimit-Policy` allows.',
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
    '`internal-error`: a fault of the service. It is unknown whether a POST was recorded. Send it again with its `Idempotency-Key`, and tell the operators the ' +
      '`request_id`. `bytes-missing`: the store lacks the bytes of the image. Tell the operators.',
    known,
    [problem.internalError(null), problem.bytesMissing()],
  ),
  503: response(
    'Unavailable',
    'The service cannot do this now. Try again after `Retry-After`. For what writes, `overloaded`, ' +
      '`read-model-unavailable`, `views-behind`, `deliveries-unavailable`, `storage-unavailable` and `credentials-unavailable` mean that nothing was recorded. `log-unavailable`, and any type that you do not know, means that the outcome is ' +
      '*unknown*. Send a POST again with the same `Idempotency-Key`, so that it is recorded once.',
    later,
    [
      problem.overloaded(),
      asProblem(new LogUnavailable('')),
      asProblem(new ReadModelUnavailable('')),
      problem.viewsBehind(),
      asProblem(new DeliveriesUnavailable('')),
      asProblem(new StorageUnavailable('')),
      asProblem(new SealedUnavailable('')),
    ],
  ),
};

/** The problems of all routes, which the server and the router make. */
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

/** The problems that a route may answer, by their status: its own, and those of all routes with its access. */
export function problemResponses(access: Access, own: readonly ProblemCode[]): { [status: string]: object } {
  const statuses = [...(access === 'anyone' ? OF_ALL : OF_CALLERS), ...own].map((code) => PROBLEMS[code][0]);
  const responses = Object.fromEntries(statuses.map((status) => [status, BY_STATUS[status]]));
  return access === 'operator' ? { ...responses, 404: nothingHere } : responses;
}
