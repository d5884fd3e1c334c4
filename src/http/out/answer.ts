import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip as gzipCallback, gzipSync } from 'node:zlib';
import type { Context } from 'koa';
import type { RequestState } from '../request.ts';
import { answerHeaders } from './headers.ts';

const gzip = promisify(gzipCallback);

/** What a route answers. Routes set it as `ctx.state.answer`; one place turns it into headers and bytes. */
export interface Answer {
  readonly status: number;
  /** Null for an answer without a body (304). */
  readonly contentType: string | null;
  /** Text where it is small: Node sends it in one piece with the headers. */
  readonly body: string | Buffer;
  /** What `zippedBody` gives for the body, where that is known already. */
  readonly zipped?: Buffer | null;
  /** The `X-token`, on an authenticated success. */
  readonly token?: string;
  /** Headers that this answer alone has. */
  readonly further?: readonly (readonly [string, string])[];
}

/** Under so many bytes gzip's own frame costs more than it saves. */
const SMALLEST_ZIPPED = 128;
/** Up to so many bytes compressing costs less than a trip to the thread pool. */
const LARGEST_ZIPPED_AT_ONCE = 4_096;

/** Writes the answer: the document's headers in their order, gzip where the caller takes it and it saves bytes. */
export async function writeAnswer(
  ctx: Context,
  answer: Answer,
  requestId: string,
  beganAt: number,
  isStopping: boolean,
): Promise<void> {
  const { req, res } = ctx;
  ctx.respond = false;
  // A small body came with the headers, most often, and is parsed by the next turn; only a request that is whole then leaves
  // its connection to the next one.
  if (!req.complete) await nextTurn();
  if (res.headersSent || !req.socket.writable) return;
  const { cors, share } = ctx.state as Partial<RequestState>;
  const zipped = answer.zipped === undefined ? await zippedBody(ctx, answer.body) : answer.zipped;
  // A 401 does not tell whether the caller is known.
  const rates = answer.status === 401 ? [] : (share?.rateHeaders() ?? []);
  const further = [...(answer.further ?? []), ...rates, ...(cors?.headers ?? [])];
  if (zipped !== null) further.push(['Content-Encoding', 'gzip']);
  const body = zipped ?? answer.body;
  if (isStopping || isLastOf(req)) further.push(['Connection', 'close']);
  const headers = answerHeaders({
    contentType: answer.contentType,
    token: answer.token,
    vary: cors?.vary,
    requestId,
    runtimeSeconds: (performance.now() - beganAt) / 1000,
    further,
    contentLength: answer.contentType === null ? null : Buffer.byteLength(body),
  });
  res.writeHead(answer.status, headers);
  res.end(req.method === 'HEAD' || answer.contentType === null ? undefined : body);
}

/** The body in gzip, where the caller takes that and it saves bytes; null: as it is. A large one is zipped once it is the caller's turn. */
export async function zippedBody(ctx: Context, body: string | Buffer): Promise<Buffer | null> {
  const length = Buffer.byteLength(body);
  if (length < SMALLEST_ZIPPED || !takesGzip(ctx)) return null;
  const { share } = ctx.state as Partial<RequestState>;
  const isLarge = length > LARGEST_ZIPPED_AT_ONCE;
  const zipped = isLarge ? await (share?.zip(() => gzip(body)) ?? gzip(body)) : gzipSync(body);
  return zipped.length < length ? zipped : null;
}

/**
 * Whether nothing can be read after this request: what is left of it may never come. Or it asks for an upgrade, and Node loses
 * what came in one piece with it.
 */
function isLastOf(request: IncomingMessage): boolean {
  return !request.complete || request.headers.upgrade !== undefined;
}

export function takesGzip(ctx: Context): boolean {
  return ctx.headers['accept-encoding'] !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
}
