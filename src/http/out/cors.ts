import type { Context, Next } from 'koa';
import type { RequestState } from '../request.ts';
import type { Answer } from './answer.ts';

/** The origins of pages that may read answers, or any origin (`*`); null: none, and answers have no headers about it. */
export type CorsOrigins = ReadonlySet<string> | '*' | null;

/** The headers of an answer for pages of other origins. `vary` is for every answer, with or without an `Origin` in its request. */
export interface CorsHeaders {
  readonly vary: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** The headers that a page's script may read, besides those that every script may. */
export const EXPOSED = [
  'X-token',
  'Link',
  'ETag',
  'X-Request-Id',
  'Retry-After',
  'X-Redacted',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotent-Replayed',
  'Preference-Applied',
  'Accept-Ranges',
  'Content-Range',
  'Content-Disposition',
].join(', ');

/** The headers that a page's script may send, besides those that every script may. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'X-Request-Id',
  // What tracing adds to the requests of a page by itself: the browser would send none of them.
  'traceparent',
  'tracestate',
  'baggage',
].join(', ');

/** Browsers keep the answer to a preflight for two hours at most. */
const MAX_AGE_SECONDS = '7200';

/**
 * Sets the CORS headers of any answer, before anything can fail. Browsers send no token by themselves, so there is no
 * `Access-Control-Allow-Credentials`: a page must have the token. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function cors(origins: CorsOrigins): (ctx: Context, next: Next) => Promise<void> {
  return (ctx, next) => {
    if (origins !== null) (ctx.state as RequestState).cors = headersFor(origins, ctx.headers.origin);
    return next();
  };
}

function headersFor(origins: '*' | ReadonlySet<string>, origin: string | undefined): CorsHeaders {
  const isAllowed = origin !== undefined && (origins === '*' || origins.has(origin));
  if (!isAllowed) return { vary: 'Origin', headers: [] };
  const allowed = ['Access-Control-Allow-Origin', origins === '*' ? '*' : origin] as const;
  return { vary: 'Origin', headers: [allowed, ['Access-Control-Expose-Headers', EXPOSED]] };
}

/**
 * The answer to a preflight, by which a browser asks whether a page may send a request; null if the request is none, or if the page may
 * not. A preflight needs no token; the request itself does.
 * @param methods the methods of the path, as in `Allow`
 */
export function preflightAnswer(ctx: Context, methods: string): Answer | null {
  const { cors } = ctx.state as RequestState;
  const isPreflight = ctx.method === 'OPTIONS' && ctx.headers['access-control-request-method'] !== undefined;
  if (!isPreflight || cors === undefined || cors.headers.length === 0) return null;
  const further = [
    ['Access-Control-Allow-Methods', methods],
    ['Access-Control-Allow-Headers', ALLOWED],
    ['Access-Control-Max-Age', MAX_AGE_SECONDS],
  ] as const;
  return { status: 204, contentType: null, body: '', further };
}
