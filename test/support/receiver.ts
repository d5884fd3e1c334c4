import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A server on this machine that gets requests and answers as a test wants: by bytes, so that it can be as rude as it likes. */
export interface Receiver {
  readonly port: number;
  /** The head of every request that came. */
  readonly heads: readonly string[];
  /** How many connections were made so far. */
  made(): number;
  /** How many connections are open. */
  open(): number;
  /** How many bytes went into a connection that is closed now, at most. */
  sent(): number;
  /** Closes every connection and the port. */
  stop(): Promise<void>;
}

/** An answer that keeps the connection. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/**
 * @param answer is called with each request that is there as a whole, and with how many came before it
 * @param options with `tls` the server speaks TLS; with `reads: false` it leaves everything unread; it sends a `greeting` before it has read anything
 */
export async function startReceiver(
  answer: (socket: Socket, before: number) => unknown,
  {
    tls,
    reads = true,
    greeting = '',
  }: { readonly tls?: TlsOptions; readonly reads?: boolean; readonly greeting?: string } = {},
): Promise<Receiver> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let made = 0;
  let sent = 0;
  const serve = (socket: Socket) => {
    socket.write(greeting);
    if (!reads) return;
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (end === 3 || received.length < end + length) return;
      heads.push(received.slice(0, end));
      received = received.slice(end + length);
      answer(socket, heads.length - 1);
    });
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('connection', (socket: Socket) => {
    made += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      sent = Math.max(sent, socket.bytesWritten);
    });
  });
  // Some clients do not like the certificate.
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket: Socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    made: () => made,
    open: () => sockets.size,
    sent: () => sent,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
