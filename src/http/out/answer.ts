import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip as gzipCallback, gzipSync } from 'node:zlib';
import type { Context } from 'koa';
import type { RequestState } from '../request.ts';
import { answerHeaders } from './headers.ts';

const gzip = promisify(gzipCallback);

/** The answer of a route. `send` turns it into headers and bytes. */
export interface Answer {
  readonly status: number;
  /** Null for an answer without a body (304). */
  readonly contentType: string | null;
  /** A small one is text: Node sends that in one piece with the headers. */
  readonly body: string | Buffer;
  /** The result of `zippedBody` for the body, if it is known already. */
  readonly zipped?: Buffer | null;
  /** The `X-token`, on an authenticated success. */
  readonly token?: string;
  /** Writes the body after the headers, for as long as it likes; then `body` is empty. */
  readonly stream?: {
    /** How many bytes it writes; null: it goes on until it ends, and is the last answer of its connection. */
    readonly bytes: number | null;
    send(response: ServerResponse): Promise<void>;
  };
  /** Caches of the caller may keep it for ever. So it carries no token. */
  readonly isKept?: boolean;
  /** It waited for something, as the caller wished: its duration says nothing about the service. */
  readonly hasWaited?: boolean;
  /** Headers that this answer alone has. */
  readonly further?: readonly (readonly [string, string])[];
}

/** In bytes. For a smaller body, gzip's own frame costs more than it saves. */
const SMALLEST_ZIPPED = 128;
/** In bytes. Compressing a smaller body costs less than a trip to the thread pool. */
const LARGEST_ZIPPED_AT_ONCE = 4_096;

/** Writes the answer: the document's headers in their order; gzip if the caller accepts it and it saves bytes. */
export async function writeAnswer(
  ctx: Context,
  answer: Answer,
  requestId: string,
  beganAt: number,
  isStopping: boolean,
): Promise<void> {
  const { req, res } = ctx;
  ctx.respond = false;
  // A small body mostly came with the headers, and is parsed by the next turn. The connection can carry a next request only if this one
  // is whole by then.
  if (!req.complete) await nextTurn();
  if (res.headersSent || !req.socket.writable) return;
  const { cors, share } = ctx.state as Partial<RequestState>;
  const zipped = answer.zipped === undefined ? await zippedBody(ctx, answer.body) : answer.zipped;
  // A 401 does not reveal whether the caller is known.
  const rates = answer.status === 401 ? [] : (share?.rateHeaders() ?? []);
  const further = [...(answer.further ?? []), ...rates, ...(cors?.headers ?? [])];
  if (zipped !== null) further.push(['Content-Encoding', 'gzip']);
  const body = zipped ?? answer.body;
  const lasts = answer.stream?.bytes === null;
  if (isStopping || isLastOf(req) || lasts) further.push(['Connection', 'close']);
  const bytes = answer.stream === undefined ? Buffer.byteLength(body) : answer.stream.bytes;
  const headers = answerHeaders({
    contentType: answer.contentType,
    token: answer.token,
    vary: cors?.vary,
    requestId,
    runtimeSeconds: (performance.now() - beganAt) / 1000,
    further,
    keeping: answer.isKept ? 'kept' : lasts ? 'live' : 'never',
    contentLength: answer.contentType === null ? null : bytes,
  });
  res.writeHead(answer.status, headers);
  if (answer.stream !== undefined && req.method !== 'HEAD') return answer.stream.send(res);
  res.end(req.method === 'HEAD' || answer.contentType === null ? undefined : body);
}

/** The body in gzip, if the caller accepts that and it saves bytes; null: as it is. A large body waits for the caller's turn. */
export async function zippedBody(ctx: Context, body: string | Buffer): Promise<Buffer | null> {
  const length = Buffer.byteLength(body);
  if (length < SMALLEST_ZIPPED || !takesGzip(ctx)) return null;
  const { share } = ctx.state as Partial<RequestState>;
  const isLarge = length > LARGEST_ZIPPED_AT_ONCE;
  const zipped = isLarge ? await (share?.zip(() => gzip(body)) ?? gzip(body)) : gzipSync(body);
  return zipped.length < length ? zipped : null;
}

/**
 * Whether no request can be read after this one. The rest of this request may never come; or it asks for an upgrade, and Node loses the
 * bytes that came in one piece with it.
 */
function isLastOf(request: IncomingMessage): boolean {
  return !request.complete || request.headers.upgrade !== undefined;
}

export function takesGzip(ctx: Context): boolean {
  return ctx.headers['accept-encoding'] !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
}
