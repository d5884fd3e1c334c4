/** Each problem there is, by the last part of its `type`, which never changes: its status and its title. */
export const PROBLEMS = {
  'malformed-request': [400, 'Malformed request'],
  'access-denied': [401, 'Access denied'],
  'album-not-allowed': [403, 'Album not allowed'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  'request-timeout': [408, 'Request Timeout'],
  'body-too-large': [413, 'Body too large'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'idempotency-key-reused': [422, 'Idempotency-Key used for another request'],
  'too-many-requests': [429, 'Too many requests'],
  'rate-limited': [429, 'Too many requests'],
  'headers-too-large': [431, 'Request Header Fields Too Large'],
  'internal-error': [500, 'Internal error'],
  overloaded: [503, 'Unavailable for a moment'],
  'log-unavailable': [503, 'Unavailable for a moment'],
  'read-model-unavailable': [503, 'Unavailable for a moment'],
  'views-behind': [503, 'Unavailable for a moment'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An answer that is an error, as RFC 9457 has it. What is not a `Problem` is a fault of ours: a 500 that tells nothing. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly headers: readonly (readonly [string, string])[];

  /** @param detail what was wrong with this request and what to do about it */
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
 * @param path the path asked for, without its query, as it was sent; it becomes the `instance`, a URI reference
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

/** On routes that the original service does not have; its own answer 401. */
export function albumNotAllowed(albumId: string | undefined): Problem {
  const detail =
    albumId === undefined
      ? 'Your token may act on single albums only. Name one of them: ?album_id=…, or send a token with "admin": true.'
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

/** Where no route leads; and where one does, but not for this caller. */
export function nothingHere(): Problem {
  return notFound('Nothing is here. /openapi.json describes what there is.');
}

/** The same for an import that does not exist and for one that the caller may not see. */
export function noSuchImport(): Problem {
  return notFound('There is no import with this id. Check the id that the POST answered.');
}

export function requestTimeout(): Problem {
  return new Problem('request-timeout', 'The request did not arrive in time. Send it again.');
}

export function headersTooLarge(): Problem {
  return new Problem('headers-too-large', 'Send at most 16 KiB of headers.');
}

export function methodNotAllowed(method: string, allow: string): Problem {
  const detail = `${method} is not possible here; these are: ${allow}.`;
  return new Problem('method-not-allowed', detail, [['Allow', allow]]);
}

export function bodyTooLarge(limitBytes: number): Problem {
  return new Problem('body-too-large', `Send at most ${limitBytes} bytes.`);
}

/** The body may be within its limit: what is recorded of it, with what goes with it, is not. */
export function recordTooLarge(limitBytes: number, cause?: unknown): Problem {
  const detail = `What is to be recorded of this request, as JSON, takes more than ${limitBytes} bytes, which is the most that is kept of one: send less.`;
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

/** A list would be incomplete. */
export function viewsBehind(): Problem {
  const detail = 'The list is being built from the event log and would be incomplete. Try again.';
  return unavailable('views-behind', detail);
}

/** Its turn did not come in time. */
export function overloaded(): Problem {
  return unavailable('overloaded', 'Too many requests wait for their turn. Try again.');
}

export function internalError(cause: unknown): Problem {
  const detail = 'This is a fault of the service. It was recorded; tell its operators the request_id.';
  return new Problem('internal-error', detail, [], cause);
}
