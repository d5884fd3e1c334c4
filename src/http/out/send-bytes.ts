import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** In milliseconds. */
export interface SendingTimes {
  /** The longest time in which the reader takes nothing. */
  readonly stallMs: number;
  /** The longest time for all, but for the time that `bytesAMs` gives for each byte. */
  readonly leastMs: number;
  /** A reader that takes fewer bytes than this in a millisecond, all in all, is too slow. */
  readonly bytesAMs: number;
}

const TIMES: SendingTimes = { stallMs: 30_000, leastMs: 60_000, bytesAMs: 16 };

/**
 * Sends bytes after the headers, no faster than the reader takes them: only some pieces are in memory. A reader that is too slow is cut
 * off. If there are more or fewer bytes than the headers said, the connection is cut, so that the reader sees it.
 * @throws what reading the bytes throws
 */
export async function sendBytes(
  response: ServerResponse,
  bytes: Readable,
  length: number,
  { stallMs, leastMs, bytesAMs }: SendingTimes = TIMES,
): Promise<void> {
  const cutting = new AbortController();
  const { signal } = cutting;
  const cut = () => {
    cutting.abort();
    bytes.destroy();
  };
  const deadline = setTimeout(cut, leastMs + length / bytesAMs);
  const next = async (event: 'drain' | 'close') => {
    const stall = setTimeout(cut, stallMs);
    await once(response, event, { signal }).catch(() => {});
    clearTimeout(stall);
  };
  response.once('close', cut);
  try {
    if (response.closed) cut();
    let left = length;
    for await (const piece of bytes) {
      left -= piece.length;
      if (left < 0) break;
      if (!response.write(piece)) await next('drain');
    }
    if (left !== 0 && !signal.aborted)
      throw new Error(`the store gave ${left < 0 ? 'more' : 'fewer'} bytes than there are`);
    // The place of a reader is free once it has taken the rest, too.
    response.end();
    if (!response.closed) await next('close');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(deadline);
    if (!response.writableFinished) response.destroy();
  }
}
