import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PNG = readFileSync(new URL('../../src/http/routes/development/image.png', import.meta.url));

/** A server of images on this machine: each path has one of its own. */
export interface ImageServer {
  readonly port: number;
  /** The URL of an image. */
  url(name: string): string;
  /** The bytes that it has there. */
  bytesOf(name: string): Buffer;
  /** How often each name was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  /** Is awaited before each half of an image; nothing is, unless set. */
  delay: (name: string) => Promise<void>;
  stop(): Promise<void>;
}

export async function startImageServer(): Promise<ImageServer> {
  const asked = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const name = (request.url ?? '').slice(1);
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const bytes = bytesOf(name);
    const half = bytes.length >> 1;
    response.on('error', () => {});
    await images.delay(name);
    response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': bytes.length });
    response.write(bytes.subarray(0, half));
    await images.delay(name);
    response.end(bytes.subarray(half));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const images: ImageServer = {
    ...{ port, bytesOf, asked },
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    delay: async () => {},
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return images;
}

/** Waits up to so many milliseconds. */
export function upTo(ms: number): () => Promise<void> {
  return () => sleep(Math.random() * ms);
}

/** A real image, with bytes behind its end that only it has: up to 256 KB. */
function bytesOf(name: string): Buffer {
  const digest = createHash('sha512').update(name).digest();
  return Buffer.concat([PNG, digest, Buffer.alloc(digest.readUInt16LE(0) * 4, digest)]);
}
