/** The status and the title of each problem, by the last part of its `type`, which never changes. */
export const PROBLEMS = {
  'malformed-request': [400, 'Malformed request'],
  'access-denied': [401, 'Access denied'],
  'album-not-allowed': [403, 'Album not allowed'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  conflict: [409, 'Not possible just now'],
  gone: [410, 'The place is gone'],
  'request-timeout': [408, 'Request Timeout'],
  'body-too-large': [413, 'Body too large'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'webhook-refused': [422, 'Webhook refused'],
  'idempotency-key-reused': [422, 'Idempotency-Key used for another request'],
  'too-many-requests': [429, 'Too many requests'],
  'rate-limited': [429, 'Too many requests'],
  'headers-too-large': [431, 'Request Header Fields Too Large'],
  'internal-error': [500, 'Internal error'],
  'credentials-unavailable': [503, 'Unavailable for a moment'],
  'deliveries-unavailable': [503, 'Unavailable for a moment'],
  overloaded: [503, 'Unavailable for a moment'],
  'log-unavailable': [503, 'Unavailable for a moment'],
  'read-model-unavailable': [503, 'Unavailable for a moment'],
  'views-behind': [503, 'Unavailable for a moment'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An answer that is an error (RFC 9457). Any other error is a fault of ours: it becomes a 500 that reveals nothing. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly headers: readonly (readonly [string, string])[];

  /** @param detail what is wrong with this request and what to do about it */
  constructor(
    code: ProblemCode,
    detail: string,
    headers: readonly (readonly [string, string])[] = [],
    cause?: unknown,
  ) {
    super(detail, { cause });
    this.name = 'Problem';
    this.code = code;
    [this.status, this.title] = PROBLEMS[code];
    this.headers = headers;
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

/** The same for a delivery that does not exist, and for one of another webhook. */
export function noSuchDelivery(): Problem {
  return notFound('The webhook has no delivery with this id. Use an id from GET /api/v1/webhooks/{id}/deliveries.');
}

/** The same for a webhook that does not exist, or was deleted, and for one that the caller may not see. */
export function noSuchWebhook(): Problem {
  return notFound('There is no webhook with this id. Use an id from GET /api/v1/webhooks.');
}

/** The state does not allow what was asked for. */
export function conflict(detail: string): Problem {
  return new Problem('conflict', detail);
}

/** For a cursor whose event the log does not have at its place. */
export function placeGone(): Problem {
  const detail =
    'The log does not have the event of this cursor at its place any more: events were moved, or an older backup was restored. Begin again with ' +
    'since=<a time that lies safely before the newest event that you have>, and drop the events that you have seen by their id.';
  return new Problem('gone', detail);
}

/** For a URL to which nothing may be sent. @param refusal what is wrong with it and what to do, as a part of a sentence */
export function webhookRefused(refusal: string): Problem {
  return new Problem('webhook-refused', `Nothing may be sent to this url: ${refusal}.`);
}

export function requestTimeout(): Problem {
  return new Problem('request-timeout', 'The request did not arrive in time. Send it again.');
}

export function headersTooLarge(): Problem {
  return new Problem('headers-too-large', 'Send at most 16 KiB of headers.');
}

export function methodNotAllowed(method: string, allow: string): Problem {
  const detail = `${method} is not possible here. Use one of ${allow}.`;
  return new Problem('method-not-allowed', detail, [['Allow', allow]]);
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

export function internalError(cause: unknown): Problem {
  const detail = 'This is a fault of the service, which has logged it. Tell its operators the request_id.';
  return new Problem('internal-error', detail, [], cause);
}
