import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A source of images, for the bench: `/BYTES/NAME` is an image of so many bytes, which no other name has. It answers at once, and prints its
 * port.
 */

const PNG = readFileSync(new URL('../src/http/routes/development/image.png', import.meta.url));
const PIECE = Buffer.alloc(65_536, 7);

const server = createServer(async (request, response) => {
  const [, length, name = ''] = (request.url ?? '').split('/');
  const mark = Buffer.from(name);
  response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': Number(length) });
  response.on('error', () => {});
  response.cork();
  response.write(PNG);
  response.write(mark);
  let left = Number(length) - PNG.length - mark.length;
  for (; left > PIECE.length; left -= PIECE.length) {
    if (!response.write(PIECE)) {
      response.uncork();
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
      if (response.destroyed) return;
      response.cork();
    }
  }
  response.end(PIECE.subarray(0, left));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
console.log((server.address() as AddressInfo).port);
