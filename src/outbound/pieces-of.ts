import type { Readable } from 'node:stream';
import { failureOf } from './failure.ts';
import { OutboundError } from './outbound-error.ts';

/**
 * The body of an answer, piece by piece.
 * @param stallMs how long a piece may take to come, in milliseconds. The time in which one is used does not count
 * @param onStall must destroy the body
 * @throws {OutboundError} it breaks off
 */
export async function* piecesOf(body: Readable, stallMs: number, onStall: () => void): AsyncGenerator<Uint8Array> {
  let stall = setTimeout(onStall, stallMs);
  try {
    for await (const piece of body) {
      clearTimeout(stall);
      yield piece;
      stall = setTimeout(onStall, stallMs);
    }
  } catch (error) {
    const failure = failureOf(error);
    throw failure instanceof OutboundError && failure.code === 'connection_failed' ? brokenOff() : failure;
  } finally {
    clearTimeout(stall);
  }
}

function brokenOff(): OutboundError {
  return new OutboundError('connection_failed', 'the connection broke off before the whole answer had come');
}
