import { OutboundError } from './outbound-error.ts';

/**
 * A whole body as text.
 * @param mostBytes how much of it is held here
 * @throws {OutboundError} `bad_answer`: it is longer
 * @throws what the body throws
 */
export async function textOf(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > mostBytes) throw new OutboundError('bad_answer', `the answer is longer than ${mostBytes} bytes`);
  }
  return Buffer.concat(pieces).toString();
}
