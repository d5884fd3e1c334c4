import type { Context, Next } from 'koa';
import type { RequestState } from '../request.ts';
import type { Answer } from './answer.ts';

/** Which pages of other origins may read answers: those of these origins, or of any; null: none, and no answer says a word of it. */
export type CorsOrigins = ReadonlySet<string> | '*' | null;

/** What an answer says to pages of other origins. `vary` is for every answer, with or without an `Origin` in its request. */
export interface CorsHeaders {
  readonly vary: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** What a page's script may read besides what every script may. */
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
].join(', ');

/** What a page's script may send besides what every script may. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Idempotency-Key',
  'If-None-Match',
  'X-Request-Id',
].join(', ');

/** Browsers keep what a preflight was answered for two hours at most. */
const MAX_AGE_SECONDS = '7200';

/**
 * Before anything can fail: what the answer, an error too, says to the page that asks. Browsers send no token by themselves, so there is no
 * `Access-Control-Allow-Credentials`: a page has to have the token. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
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
 * The answer to a browser that asks, before a page's request, whether the page may send it; null where it is no such question, or comes
 * from a page that may not. It needs no token: the request itself will.
 * @param methods of the path that was asked for, as `Allow` has them
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
