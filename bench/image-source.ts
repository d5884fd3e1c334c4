import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * A source of images, for the bench: `/BYTES/NAME` is an image of so many bytes, which no other name has. It answers at once, and prints its
 * port.
 */

const PNG = readFileSync(new URL('../src/http/routes/development/image.png', import.meta.url));
const PIECE = Buffer.alloc(1_000_000, 7);

const server = createServer(async (request, response) => {
  const [, length, name = ''] = (request.url ?? '').split('/');
  const mark = Buffer.from(name);
  response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': Number(length) });
  const pieces = function* () {
    yield Buffer.concat([PNG, mark]);
    let left = Number(length) - PNG.length - mark.length;
    for (; left > PIECE.length; left -= PIECE.length) yield PIECE;
    yield PIECE.subarray(0, left);
  };
  // A caller that goes away is no fault.
  await pipeline(Readable.from(pieces(), { objectMode: false }), response).catch(() => {});
});
await once(server.listen(0, '127.0.0.1'), 'listening');
console.log((server.address() as AddressInfo).port);
