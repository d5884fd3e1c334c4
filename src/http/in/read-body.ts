import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { Grain } from '../../outbound/grain.ts';
import { LARGE_BYTES } from '../limits/large-work.ts';
import { bodyTooLarge, brokenOff, malformed, type Problem, unsupportedMediaType } from '../out/problem.ts';
import type { RequestState } from '../request.ts';
import { CODINGS, type Decoder, decodersOf } from './bodies.ts';
import { stopIfGone } from './caller-gone.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { bodyReaderFor } from './params/body-reader.ts';

/** Which bodies a route reads. */
export interface BodyKind {
  /** The most that a body may have, as it is sent and after inflating. */
  readonly limitBytes: number;
  /** @throws {BadParameters | Problem} if bodies with this `Content-Type` are not read */
  readonly assertRead: (contentType: string | undefined) => void;
}

/** Parameters in any of the formats. Source: docs/api.md, Bodies. */
const PARAMETERS: BodyKind = { limitBytes: 1_048_576, assertRead: bodyReaderFor };

type Exchange = Pick<Context, 'req' | 'res'>;

/** The counters of a body's bytes. They count as the bytes arrive, even if the body is then refused. */
type Counted = Pick<RequestState, 'held' | 'sentBytes'>;

const NOTHING = Buffer.alloc(0);

/** The requests that will never be whole, each with its answer. */
const broken = new WeakMap<IncomingMessage, Problem>();
const BROKEN = Symbol('broken');

/** Ends the request's body. A reader, now or later, gets `problem`. */
export function breakOff(request: IncomingMessage, problem: Problem): void {
  broken.set(request, problem);
  request.emit(BROKEN);
}

/** Calls the listener, now or later, if the body will never be whole. Gives the function that ends that. */
export function onBroken(request: IncomingMessage, listener: (problem: Problem) => void): () => void {
  const look = () => {
    const problem = broken.get(request) ?? (isCut(request) ? brokenOff() : undefined);
    if (problem !== undefined) listener(problem);
  };
  request.on(BROKEN, look);
  request.on('close', look);
  look();
  return () => {
    request.off(BROKEN, look);
    request.off('close', look);
  };
}

function isCut(request: IncomingMessage): boolean {
  return request.destroyed && !request.readableEnded;
}

/**
 * The inflated bytes of a request's body; empty if it has none. If the headers alone are reason to refuse it, it is not read.
 * @param state counts each byte; a large body waits for its turn
 * @throws {BadParameters | Problem} of `assertRead`
 * @throws {Problem} 413 too large, 415 coding not supported, 400 broken off, in too small pieces or badly compressed, 408 too slow, and those of
 *   `held` and `large`
 */
export async function readBody(
  ctx: Exchange,
  state: Counted & Pick<RequestState, 'large' | 'share'>,
  { limitBytes, assertRead }: BodyKind = PARAMETERS,
): Promise<Buffer> {
  const tooLarge = () => bodyTooLarge(limitBytes);
  let decoders: Decoder[];
  try {
    assertRead(ctx.req.headers['content-type']);
    decoders = decodersFor(ctx.req.headers);
  } catch (refusal) {
    await refuseBody(ctx, () => refusal as Error);
    return NOTHING;
  }
  const sent = await bytesOf(ctx, limitBytes, tooLarge, state);
  await state.large.enterIfLarge(sent.length);
  if (decoders.length === 0 || sent.length === 0) return sent;
  const inflate = (limit: number) =>
    state.share.zip(() => {
      stopIfGone(ctx.req);
      return inflated(sent, decoders, limit);
    });
  let bytes = await inflate(Math.min(LARGE_BYTES, limitBytes));
  if (bytes === null && limitBytes > LARGE_BYTES) {
    await state.large.enter();
    bytes = await inflate(limitBytes);
  }
  if (bytes === null) throw tooLarge();
  state.held.take(bytes.length);
  stopIfGone(ctx.req);
  return bytes;
}

/**
 * The steps that inflate the body.
 * @throws {Problem} if the headers name a coding that is not supported
 */
function decodersFor(headers: IncomingHttpHeaders): Decoder[] {
  const decoders = decodersOf(headers['content-encoding']);
  if (decoders === null) throw codingNotRead();
  if ((headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked') throw transferNotRead();
  return decoders;
}

/** For a body that is taken as it is. @throws {Problem} 415 */
export function assertUncoded(headers: IncomingHttpHeaders): void {
  if (decodersFor(headers).length > 0)
    throw unsupportedMediaType('Send the bytes as they are, without Content-Encoding.');
}

/** Whether the headers announce a body, which may be empty. */
export function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * Accepts a request only if its body is empty. A body is read or refused, never ignored.
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
  if (Number(announced) > limit) throw tooMany();
  if (req.complete) {
    // The body has arrived in full, so it needs no listener.
    const bytes = (req.read() as Buffer | null) ?? NOTHING;
    if (state !== null) state.sentBytes = bytes.length;
    if (bytes.length > limit) throw tooMany();
    state?.held.take(bytes.length);
    return bytes;
  }
  if (expect?.toLowerCase() === '100-continue' && req.httpVersionMinor > 0) {
    // A caller who waits for `100 Continue` has a body. To see its first byte, we would have to ask for all of it.
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
    const grain = new Grain();
    const giveUp = (problem: Error) => {
      request.removeAllListeners('data').pause();
      reject(problem);
    };
    request.on('data', (piece: Buffer) => {
      try {
        if (state !== null) state.sentBytes = bytes.length + piece.length;
        if (bytes.length + piece.length > limit) throw tooMany();
        if (grain.isTooFine(piece.length)) throw tooFine();
        const heldBefore = bytes.heldBytes;
        bytes.add(piece);
        state?.held.take(bytes.heldBytes - heldBefore);
      } catch (problem) {
        giveUp(problem as Error);
      }
    });
    request.on('end', () => resolve(bytes.all()));
    onBroken(request, giveUp);
  });
}

/** @returns null if there are more than `limit` bytes */
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

/** For a body in pieces of some bytes: each costs the event loop microseconds. */
export const tooFine = () => malformed('Send the body in larger pieces.');

export const codingNotRead = () =>
  unsupportedMediaType(
    `Send the body without compression, or with a Content-Encoding of up to three of these: ${[...CODINGS.keys()].join(', ')}.`,
  );

const transferNotRead = () =>
  unsupportedMediaType('Send the body with a Content-Length, or with Transfer-Encoding: chunked and no other coding.');
