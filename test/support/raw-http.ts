import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { reset } from './reset.ts';
import { until } from './until.ts';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names and values in the order and spelling they came in. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/**
 * Sends bytes through a socket as they are and gives the one answer that comes back, which must have a `Content-Length`
 * or no body.
 * @param request each part is sent as its own write
 */
export function rawRequest(url: string, request: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = parse(received);
      if (answer === null) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${received.length} bytes`)));
    for (const part of request) socket.write(part);
  });
}

/** The same, as `fetch` gives answers. */
export async function rawResponse(url: string, request: string): Promise<Response> {
  return asResponse(await rawRequest(url, [request]));
}

/** The one answer in the received bytes, as `fetch` gives answers. */
export function responseIn(received: string): Response {
  return asResponse(parse(Buffer.from(received, 'latin1')) as RawAnswer);
}

function asResponse({ status, headers, body }: RawAnswer): Response {
  return new Response(new Uint8Array(body), { status, headers: headers.map(([name, value]) => [name, value]) });
}

function parse(received: Buffer): RawAnswer | null {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 2)] as const;
  });
  const length = Number(headers.find(([name]) => name === 'Content-Length')?.[1] ?? 0);
  const body = received.subarray(end + 4);
  if (body.length < length) return null;
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

/** What a conversation does after its parts are sent. */
export type Ending = 'stay' | 'half-close' | 'close' | 'reset';

/**
 * Sends bytes through a socket as they are. Each part is one write, after the part before it has arrived. Gives all received bytes
 * until the other side closes the connection, or until `enough` matches.
 * @throws after ten seconds
 */
export async function converse(
  url: string,
  parts: readonly (string | Buffer)[],
  { ending = 'stay', enough }: { readonly ending?: Ending; readonly enough?: RegExp } = {},
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true, noDelay: true });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  // Answers the other side's end with ours. A reset is an end, too.
  socket.on('end', () => socket.end());
  socket.on('error', () => {});
  try {
    for (const part of parts) {
      await new Promise((resolve) => socket.write(part, resolve));
      await nextTurn();
    }
    if (ending === 'half-close') socket.end();
    if (ending === 'close') socket.destroy();
    if (ending === 'reset') reset(socket);
    await until('the conversation ends', () => socket.closed || enough?.test(received) === true);
    return received;
  } catch (error) {
    throw new Error(`${(error as Error).message}; this came: ${received}`);
  } finally {
    socket.destroy();
  }
}

/** The status of each answer in the received bytes. */
export function statusesIn(received: string): number[] {
  return Array.from(received.matchAll(/(?:^|[\n}\]])HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
}
