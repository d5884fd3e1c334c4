import { Readable } from 'node:stream';
import { within } from '../../../time/within.ts';

/** How long one waits for the next bytes of a body. */
const STALL_MS = 20_000;

/**
 * A body that ends with an error if no bytes come for so long while somebody wants them. A time limit of the socket would count the pauses of a
 * slow reader, too.
 */
export function patient(body: Readable, stallMs = STALL_MS): Readable {
  // So that an error after the end of the reading ends nothing.
  body.on('error', () => {});
  const stream = Readable.from(partsOf(body, stallMs), { objectMode: false });
  // A reader that never began has started no generator.
  stream.on('close', () => body.destroy());
  stream.on('error', () => {});
  return stream;
}

async function* partsOf(body: Readable, stallMs: number): AsyncGenerator<Buffer, void, void> {
  const parts = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await within(stallMs, parts.next(), () => new Error(`no bytes came for ${stallMs} ms`));
    if (next.done) return;
    yield next.value;
  }
}
