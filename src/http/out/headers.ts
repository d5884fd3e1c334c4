/** The headers of every answer, in the document's order and spelling. They are a flat list: name, value, name, value. */

const NOT_KEPT = ['Pragma', 'no-cache', 'Expires', 'Fri, 01 Jan 1990 00:00:00 GMT'];

export const BEFORE_TYPE = ['Cache-Control', 'no-cache, no-store', ...NOT_KEPT];

export const KEPT = ['Cache-Control', 'private, max-age=31536000, immutable'];

/**
 * The headers about caches. `never`: none may keep the answer. `live`: it lasts, and proxies must pass on each piece at once, as it is.
 * `kept`: it never changes, so the caller's own may keep it.
 */
const BY_KEEPING = {
  never: BEFORE_TYPE,
  live: ['Cache-Control', 'no-store, no-transform', ...NOT_KEPT],
  kept: KEPT,
};

export const AFTER_VARY = ['P3P', 'CP="NOI ADM DEV PSAi COM NAV OUR OTRo STP IND DEM"'];

export const AFTER_RUNTIME = [
  'X-Frame-Options',
  'DENY',
  'X-Content-Type-Options',
  'nosniff',
  'X-XSS-Protection',
  '1; mode=block',
  'X-Download-Options',
  'noopen',
  'X-Permitted-Cross-Domain-Policies',
  'none',
  'Referrer-Policy',
  'origin-when-cross-origin, strict-origin-when-cross-origin',
];

interface AnswerHeaders {
  /** Null for an answer without a body (304). */
  readonly contentType: string | null;
  /** On an authenticated success only. */
  readonly token?: string;
  /** The request header that the answer depends on, besides `Accept-Encoding`. */
  readonly vary?: string;
  readonly requestId: string;
  readonly runtimeSeconds: number;
  /** The headers of this answer alone: `ETag`, `Link`, `Allow`, `Retry-After`, `Content-Encoding`, … */
  readonly further: readonly (readonly [string, string])[];
  /** `never` unless set. */
  readonly keeping?: keyof typeof BY_KEEPING;
  /** Bytes; null together with `contentType`, and for an answer that lasts. */
  readonly contentLength: number | null;
}

export function answerHeaders(answer: AnswerHeaders): string[] {
  const { keeping = 'never' } = answer;
  const headers = [...BY_KEEPING[keeping]];
  if (answer.contentType !== null) headers.push('Content-Type', answer.contentType);
  if (answer.token !== undefined) headers.push('X-token', answer.token);
  headers.push('Vary', answer.vary === undefined ? 'Accept-Encoding' : `Accept-Encoding, ${answer.vary}`);
  headers.push(...AFTER_VARY, 'X-Request-Id', answer.requestId);
  headers.push('X-Runtime', answer.runtimeSeconds.toFixed(6), ...AFTER_RUNTIME);
  if (keeping === 'live') headers.push('X-Accel-Buffering', 'no');
  for (const [name, value] of answer.further) headers.push(name, value);
  if (answer.contentLength !== null) headers.push('Content-Length', String(answer.contentLength));
  return headers;
}
