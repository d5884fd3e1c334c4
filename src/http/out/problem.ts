/** The status and the title of each problem, by the last part of its `type`, which never changes. */
export const PROBLEMS = {
  'malformed-request': [400, 'Malformed request'],
  'access-denied': [401, 'Access denied'],
  'album-not-allowed': [403, 'Album not allowed'],
  'role-not-allowed': [403, 'Not for this role'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  conflict: [409, 'Not possible just now'],
  gone: [410, 'The place is gone'],
  deleted: [410, 'Deleted for good'],
  'precondition-failed': [412, 'Precondition failed'],
  'request-timeout': [408, 'Request Timeout'],
  'body-too-large': [413, 'Body too large'],
  'range-not-satisfiable': [416, 'Range not satisfiable'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'webhook-refused': [422, 'Webhook refused'],
  'image-refused': [422, 'Image refused'],
  'idempotency-key-reused': [422, 'Idempotency-Key used for another request'],
  'too-many-requests': [429, 'Too many requests'],
  'rate-limited': [429, 'Too many requests'],
  'headers-too-large': [431, 'Request Header Fields Too Large'],
  'internal-error': [500, 'Internal error'],
  'bytes-missing': [500, 'Bytes missing'],
  'credentials-unavailable': [503, 'Unavailable for a moment'],
  'deliveries-unavailable': [503, 'Unavailable for a moment'],
  overloaded: [503, 'Unavailable for a moment'],
  'log-unavailable': [503, 'Unavailable for a moment'],
  'read-model-unavailable': [503, 'Unavailable for a moment'],
  'storage-unavailable': [503, 'Unavailable for a moment'],
  'views-behind': [503, 'Unavailable for a moment'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An answer that is an error (RFC 9457). Any other error is a fault of ours: it becomes a 500 that reveals nothing. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly headers: readonly (readonly [string, string])[];
  /** What this problem alone tells programs. */
  readonly members: { readonly [name: string]: string };

  /** @param detail what is wrong with this request and what to do about it */
  constructor(
    code: ProblemCode,
    detail: string,
    headers: readonly (readonly [string, string])[] = [],
    cause?: unknown,
    members: Problem['members'] = {},
  ) {
    super(detail, { cause });
    this.name = 'Problem';
    this.code = code;
    [this.status, this.title] = PROBLEMS[code];
    this.headers = headers;
    this.members = members;
  }
}

/**
 * The problem's body.
 * @param path the path of the request, without its query, as it was sent; it becomes the `instance`, a URI reference
 */
export function problemBody(problem: Problem, path: string, requestId: string): string {
  return JSON.stringify({
    type: `urn:import-api:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: encodeURI(path).replace(/%25(?=[0-9a-f]{2})/gi, '%'),
    request_id: requestId,
    ...problem.members,
  });
}

export function malformed(detail: string): Problem {
  return new Problem('malformed-request', detail);
}

/** For routes that the original service does not have. Its own routes answer 401. */
export function albumNotAllowed(albumId: string | undefined): Problem {
  const detail =
    albumId === undefined
      ? 'Your token may act on single albums only. Name one of them in album_id, or send a token with "admin": true.'
      : 'Your token may not act on this album. Name one that its "abilities" allow image_upload on, or send another token.';
  return new Problem('album-not-allowed', detail);
}

export const NOT_FOR_WORKERS =
  'Workers may only claim imports, complete them or say why they failed, and read the status of imports.';
export const ONLY_FOR_WORKERS =
  'Only workers may do this: send a token of a user whom the operators have added with --role worker.';

/** For a route that callers with this role may not use. */
export function roleNotAllowed(detail: string): Problem {
  return new Problem('role-not-allowed', detail);
}

/** The connection, or its sending side, was closed too early. */
export function brokenOff(): Problem {
  return malformed(
    'The connection broke off before the request was whole, or before work on it began: nothing was recorded. ' +
      'Send it again, and keep the connection open until the answer has come.',
  );
}

export function notFound(detail: string): Problem {
  return new Problem('not-found', detail);
}

/** For a path that no route has, and for a route that this caller may not use. */
export function nothingHere(): Problem {
  return notFound('Nothing is here. /openapi.json describes what there is.');
}

/** The same for an import that does not exist and for one that the caller may not see. */
export function noSuchImport(): Problem {
  return notFound('There is no import with this id. Use the id from the answer to the POST.');
}

/** The same for an image that does not exist and for one that the caller may not see. */
export function noSuchImage(): Problem {
  return notFound('There is no image with this id. Use the image_id of an import.');
}

/** The same for a claim that does not exist, for another worker's, and for one of another organization. */
export function noSuchClaim(): Problem {
  return notFound('You have no claim with this name. Use the id from the answer to POST /api/v1/work/claims.');
}

/** The same for a delivery that does not exist, and for one of another webhook. */
export function noSuchDelivery(): Problem {
  return notFound('The webhook has no delivery with this id. Use an id from GET /api/v1/webhooks/{id}/deliveries.');
}

/** The same for a webhook that does not exist, or was deleted, and for one that the caller may not see. */
export function noSuchWebhook(): Problem {
  return notFound('There is no webhook with this id. Use an id from GET /api/v1/webhooks.');
}

/** The state does not allow what was asked for. @param importStatus the status of the import that it is about */
export function conflict(detail: string, importStatus: string | null = null): Problem {
  return new Problem('conflict', detail, [], undefined, importStatus === null ? {} : { import_status: importStatus });
}

/** For an `If-Match` that names another state. */
export function preconditionFailed(detail: string): Problem {
  return new Problem('precondition-failed', `${detail} Look at it again before you decide.`);
}

/** For a cursor whose event the log does not have at its place. */
export function placeGone(): Problem {
  const detail =
    'The log does not have the event of this cursor at its place any more: events were moved, or an older backup was restored. Begin again with ' +
    'since=<a time that lies safely before the newest event that you have>, and drop the events that you have seen by their id.';
  return new Problem('gone', detail);
}

/** For an import or another thing that somebody has deleted from the log, so that no request about it can ever be recorded. */
export function deleted(cause?: unknown): Problem {
  const detail =
    'Nothing was recorded: what this request is about was deleted for good by the operators of the service. Do not send it again. To ask for an ' +
    'import anew, send a POST with another Idempotency-Key.';
  return new Problem('deleted', detail, [], cause);
}

/** For a URL to which nothing may be sent. @param refusal what is wrong with it and what to do, as a part of a sentence */
export function webhookRefused(refusal: string): Problem {
  return new Problem('webhook-refused', `Nothing may be sent to this url: ${refusal}.`);
}

export function requestTimeout(): Problem {
  return new Problem('request-timeout', 'The request did not arrive in time. Send it again.');
}

export function uploadStalled(): Problem {
  return new Problem('request-timeout', 'The rest of the body did not arrive in time. Send it again, all of it.');
}

/** For bytes that are not the image. @param reason as events name it */
export function imageRefused(reason: string, detail: string): Problem {
  const next = 'The claim is still yours: send other bytes, or say with /fail that there are none.';
  return new Problem('image-refused', `${detail} ${next}`, [], undefined, { reason });
}

export function headersTooLarge(): Problem {
  return new Problem('headers-too-large', 'Send at most 200 headers, and at most 16 KiB of them.');
}

export function methodNotAllowed(method: string, allow: string): Problem {
  const detail = `${method} is not possible here. Use one of ${allow}.`;
  return new Problem('method-not-allowed', detail, [['Allow', allow]]);
}

/** @param bytes how many there are */
export function noSuchRange(bytes: number): Problem {
  const detail = `There are ${bytes} bytes, and none of them is in the range. Ask for bytes from 0 to ${bytes - 1}.`;
  return new Problem('range-not-satisfiable', detail, [['Content-Range', `bytes */${bytes}`]]);
}

export function bodyTooLarge(limitBytes: number): Problem {
  return new Problem('body-too-large', `Send at most ${limitBytes} bytes.`);
}

/** For an event that is too large, though the body may be within its own limit. */
export function recordTooLarge(limitBytes: number, cause?: unknown): Problem {
  const detail = `The record of this request would take more than ${limitBytes} bytes as JSON, which is the limit. Send less.`;
  return new Problem('body-too-large', detail, [], cause);
}

export function unsupportedMediaType(detail: string): Problem {
  return new Problem('unsupported-media-type', detail);
}

export function keyReused(detail: string): Problem {
  return new Problem('idempotency-key-reused', detail);
}

export function tooManyRequests(detail: string): Problem {
  return new Problem('too-many-requests', detail, [['Retry-After', '1']]);
}

export function unavailable(code: ProblemCode, detail: string, cause?: unknown): Problem {
  return new Problem(code, detail, [['Retry-After', '1']], cause);
}

/** For a list that would be incomplete. */
export function viewsBehind(): Problem {
  const detail = 'The list is being built from the event log and would be incomplete. Try again.';
  return unavailable('views-behind', detail);
}

/** For a request that waited too long for its turn. */
export function overloaded(): Problem {
  return unavailable('overloaded', 'Too many requests wait for their turn. Try again.');
}

/** For bytes that are recorded as kept. */
export function bytesMissing(): Problem {
  const detail =
    'The bytes of this image are not in the store, or not all of them. Tell the operators of the service the request_id: they may have a backup.';
  return new Problem('bytes-missing', detail);
}

/** For a node without a store of bytes. */
export function noStorage(): Problem {
  return unavailable('storage-unavailable', 'This node of the service has no store of images. Try another one.');
}

export function internalError(cause: unknown): Problem {
  const detail = 'This is a fault of the service, which has logged it. Tell its operators the request_id.';
  return new Problem('internal-error', detail, [], cause);
}
