import type { Context } from 'koa';
import { Grain } from '../../outbound/grain.ts';
import { bodyTooLarge, malformed, uploadStalled } from '../out/problem.ts';
import type { RequestState } from '../request.ts';
import { liftBodyTime } from './body-time.ts';
import { assertUncoded, mayHaveBody, onBroken, tooFine } from './read-body.ts';

/** How a large body is read. */
export interface Upload {
  readonly limitBytes: number;
  /** The longest pause between two pieces, in milliseconds. The time that `take` needs does not count. */
  readonly stallMs: number;
  /** Gets each piece, one after the other. */
  readonly take: (piece: Buffer) => Promise<void>;
  /** Ends the reading; its reason is thrown. */
  readonly signal: AbortSignal;
}

type Exchange = Pick<Context, 'req' | 'res'>;

/**
 * Refuses an upload for which its headers alone are reason enough, before a byte of it is read.
 * @throws {Problem} 400 there is none, 413 too large, 415 compressed
 */
export function assertUpload({ req }: Pick<Context, 'req'>, limitBytes: number): void {
  if (!mayHaveBody(req) || req.headers['content-length'] === '0') {
    throw malformed('Send the bytes of the image as the body.');
  }
  assertUncoded(req.headers);
  if (Number(req.headers['content-length']) > limitBytes) throw bodyTooLarge(limitBytes);
}

/**
 * Reads a large body piece by piece, no faster than they are taken.
 * @param state counts the bytes, even of an upload that is refused later
 * @throws {Problem} 413 too large, 400 broken off or in too small pieces, 408 stalled; what `take` throws; the signal's reason
 */
export async function readUpload(
  { req, res }: Exchange,
  state: Pick<RequestState, 'sentBytes'>,
  { limitBytes, stallMs, take, signal }: Upload,
): Promise<void> {
  liftBodyTime(req);
  if (req.headers.expect?.toLowerCase() === '100-continue' && req.httpVersionMinor > 0) res.writeContinue();
  const grain = new Grain();
  let stall: NodeJS.Timeout | undefined;
  let forget = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const wait = () => {
        stall = setTimeout(() => reject(uploadStalled()), stallMs);
      };
      const abort = () => reject(signal.reason);
      const onPiece = (piece: Buffer) => {
        clearTimeout(stall);
        req.pause();
        const sent = (state.sentBytes ?? 0) + piece.length;
        state.sentBytes = sent;
        if (sent > limitBytes) return reject(bodyTooLarge(limitBytes));
        if (grain.isTooFine(piece.length)) return reject(tooFine());
        take(piece).then(() => {
          wait();
          req.resume();
        }, reject);
      };
      const forgetBroken = onBroken(req, reject);
      forget = () => {
        forgetBroken();
        signal.removeEventListener('abort', abort);
        req.off('data', onPiece).pause();
      };
      signal.addEventListener('abort', abort);
      if (signal.aborted) return abort();
      wait();
      req.on('end', resolve);
      req.on('data', onPiece);
    });
  } finally {
    clearTimeout(stall);
    forget();
  }
}
