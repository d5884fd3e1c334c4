import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { LARGE_BYTES } from '../limits/large-work.ts';
import { bodyTooLarge, brokenOff, malformed, type Problem, unsupportedMediaType } from '../out/problem.ts';
import type { RequestState } from '../request.ts';
import { CODINGS, type Decoder, decodersOf } from './bodies.ts';
import { stopIfGone } from './caller-gone.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { bodyReaderFor } from './params/body-reader.ts';

/** The most that a body may have, as it is sent and after inflating. Source: behaviour.md, Parameters. */
const BODY_LIMIT_BYTES = 1_048_576;

type Exchange = Pick<Context, 'req' | 'res'>;

/** What takes note of a body's bytes as they come, also where they are refused then. */
type Counted = Pick<RequestState, 'held' | 'sentBytes'>;

const NOTHING = Buffer.alloc(0);

/** The requests that will never be whole, each with what their callers are told. */
const broken = new WeakMap<IncomingMessage, Problem>();
const BROKEN = Symbol('broken');

/** No more of the request's body will come; who reads it, now or later, gets `problem`. */
export function breakOff(request: IncomingMessage, problem: Problem): void {
  broken.set(request, problem);
  request.emit(BROKEN);
}

/**
 * The plain bytes of a request's body, inflated; none where it has none. What is refused is refused before it is read, as
 * far as its headers tell.
 * @param state what the request holds takes note of each byte; where it turns out to be large, its turn is waited for
 * @throws {BadParameters} of `bodyReaderFor`
 * @throws {Problem} 413 too large, 415 in a coding that is not read, 400 broken off or badly compressed, 408 too slow, and those of
 *   `held` and `large`
 */
export async function readBody(ctx: Exchange, state: Counted & Pick<RequestState, 'large' | 'share'>): Promise<Buffer> {
  let decoders: Decoder[];
  try {
    decoders = decodersFor(ctx.req.headers);
  } catch (refusal) {
    await refuseBody(ctx, () => refusal as Error);
    return NOTHING;
  }
  const sent = await bytesOf(ctx, BODY_LIMIT_BYTES, tooLarge, state);
  await state.large.enterIfLarge(sent.length);
  if (decoders.length === 0 || sent.length === 0) return sent;
  const inflate = (limit: number) =>
    state.share.zip(() => {
      stopIfGone(ctx.req);
      return inflated(sent, decoders, limit);
    });
  let bytes = await inflate(LARGE_BYTES);
  if (bytes === null) {
    await state.large.enter();
    bytes = await inflate(BODY_LIMIT_BYTES);
  }
  if (bytes === null) throw tooLarge();
  state.held.take(bytes.length);
  stopIfGone(ctx.req);
  return bytes;
}

/**
 * What is to be done to a body to have its plain bytes.
 * @throws what is said to a body of which the headers tell that it is not read
 */
function decodersFor(headers: IncomingHttpHeaders): Decoder[] {
  bodyReaderFor(headers['content-type']);
  const decoders = decodersOf(headers['content-encoding']);
  if (decoders === null) throw codingNotRead();
  if ((headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked') throw transferNotRead();
  return decoders;
}

/** Whether its headers say that a body comes, though it may come to nothing. */
export function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * Lets a request through only if its body has not a single byte: one that is there is read or refused, never ignored.
 * @throws what `refusal` makes, and the problems of a body that is cut short
 */
export async function refuseBody(ctx: Exchange, refusal: () => Error): Promise<void> {
  await bytesOf(ctx, 0, refusal, null);
}

/** @param tooMany the error for more bytes than `limit` */
async function bytesOf(
  { req, res }: Exchange,
  limit: number,
  tooMany: () => Error,
  state: Counted | null,
): Promise<Buffer> {
  if (!mayHaveBody(req)) return NOTHING;
  const { 'content-length': announced, expect } = req.headers;
  if (Number(announced) > BODY_LIMIT_BYTES || (limit === 0 && Number(announced) > 0)) throw tooMany();
  if (req.complete) {
    // All is there, without a listener and a turn for it.
    const bytes = (req.read() as Buffer | null) ?? NOTHING;
    if (state !== null) state.sentBytes = bytes.length;
    if (bytes.length > limit) throw tooMany();
    state?.held.take(bytes.length);
    return bytes;
  }
  if (expect?.toLowerCase() === '100-continue' && req.httpVersionMinor > 0) {
    // Who asks whether to send a body has one; to find out whether it has a byte would be to ask for it.
    if (limit === 0) throw tooMany();
    res.writeContinue();
  }
  return arriving(req, limit, tooMany, state);
}

function arriving(
  request: IncomingMessage,
  limit: number,
  tooMany: () => Error,
  state: Counted | null,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes = new GrowingBytes();
    const giveUp = (problem: Error) => {
      request.removeAllListeners('data').pause();
      reject(problem);
    };
    const giveUpIfBroken = () => {
      const problem = broken.get(request);
      if (problem !== undefined) giveUp(problem);
    };
    request.on('data', (piece: Buffer) => {
      try {
        if (state !== null) state.sentBytes = bytes.length + piece.length;
        if (bytes.length + piece.length > limit) throw tooMany();
        const heldBefore = bytes.heldBytes;
        bytes.add(piece);
        state?.held.take(bytes.heldBytes - heldBefore);
      } catch (problem) {
        giveUp(problem as Error);
      }
    });
    request.on('end', () => resolve(bytes.all()));
    request.on('close', () => {
      // Of one that is whole, an error would be made for nothing, with its stack.
      if (!request.readableEnded) reject(brokenOff());
    });
    request.on(BROKEN, giveUpIfBroken);
    giveUpIfBroken();
    if (request.destroyed) reject(brokenOff());
  });
}

/** Null where there are more than `limit` bytes. */
async function inflated(sent: Buffer, decoders: readonly Decoder[], limit: number): Promise<Buffer | null> {
  let bytes = sent;
  try {
    for (const decode of decoders) {
      bytes = await decode(bytes, limit);
    }
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw malformed(
      'The body could not be inflated: its Content-Encoding does not fit its bytes, or some are missing.',
    );
  }
}

const tooLarge = () => bodyTooLarge(BODY_LIMIT_BYTES);

export const codingNotRead = () =>
  unsupportedMediaType(
    `Send the body plain, or with a Content-Encoding of ${[...CODINGS.keys()].join(', ')}: these are read, up to three of them.`,
  );

const transferNotRead = () =>
  unsupportedMediaType('Send the body with a Content-Length, or with Transfer-Encoding: chunked and no other coding.');
