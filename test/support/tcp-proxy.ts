import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { lastingPort } from './lasting-port.ts';
import { reset } from './reset.ts';

const HOST = '127.0.0.1';

/** A proxy between a client and a server on this machine that behaves like a bad network. */
export interface TcpProxy {
  /** The port for clients; it never changes. */
  readonly port: number;
  /** Resets every connection and refuses new ones. */
  cut(): void;
  /** Keeps every connection open and passes nothing on in either direction. New ones are accepted and wait. */
  freeze(): void;
  /** Resets all connections. New ones pass. */
  reset(): void;
  /** Closes all connections as a server does: they end, and bytes that come after that are reset. New ones pass. */
  end(): void;
  /** Ends all connections to clients, but still reads their bytes without passing them on. New ones pass. */
  halfClose(): void;
  /** Lets each connection answer this many more bytes, then resets it. New ones pass. */
  cutAnswersAfter(bytes: number): void;
  /** Like `freeze`, but the current connections stay open and silent for ever: `resume` does not bring them back. */
  isolate(): void;
  /** Ends `cut`, `freeze` and `isolate`: held bytes are passed on, and new connections pass. */
  resume(): void;
  /** How many connections the client has not closed. */
  connections(): number;
  /** Closes every connection and the port. */
  stop(): Promise<void>;
}

/** A client's connection, and the matching one to the server. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Isolated: nothing passes any more, neither bytes nor the end of the stream. */
  lost: boolean;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  let refusing = false;
  let holding = false;

  // With `allowHalfOpen`, the pipe passes on the end of a stream, and we never answer it ourselves.
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ port: targetPort, host: HOST, allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server, lost: false };
    links.add(link);
    for (const end of [client, server]) {
      end.on('error', () => {
        if (!holding) passReset(link);
      });
      end.on('close', () => {
        if (client.destroyed && server.destroyed) links.delete(link);
      });
    }
    if (!holding) join(link);
  });
  const port = await lastingPort();
  listener.listen(port, HOST);
  await once(listener, 'listening');

  function hold(): void {
    holding = true;
    for (const { client, server } of links) {
      client.unpipe().pause();
      server.unpipe().pause();
    }
  }

  const proxy: TcpProxy = {
    port,
    cut() {
      refusing = true;
      listener.close();
      for (const { client, server } of links) {
        reset(client);
        reset(server);
      }
    },
    reset() {
      for (const link of links) passReset(link);
    },
    end() {
      for (const link of links) {
        part(link);
        link.client.destroySoon();
      }
    },
    halfClose() {
      for (const link of links) {
        part(link);
        link.client.end();
      }
    },
    cutAnswersAfter(bytes) {
      for (const link of links) {
        let left = bytes;
        link.server.unpipe().removeAllListeners('data');
        link.server.on('data', (chunk) => {
          // After the bytes are sent, since a reset overtakes bytes that wait.
          link.client.write(chunk.subarray(0, left), () => {
            if (left <= 0) passReset(link);
          });
          left = Math.max(left - chunk.length, 0);
        });
        link.server.resume();
      }
    },
    freeze: hold,
    isolate() {
      hold();
      for (const link of links) {
        link.lost = true;
        // The client's bytes are thrown away. They are read so that its end is noticed.
        link.client.resume();
      }
    },
    resume() {
      holding = false;
      for (const link of links) join(link);
      if (refusing) listener.listen(port, HOST);
      refusing = false;
    },
    connections: () => [...links].filter(({ client }) => !client.destroyed && !client.readableEnded).length,
    async stop() {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      if (refusing) return;
      listener.close();
      await once(listener, 'close');
    },
  };
  return proxy;
}

/** Passes on the bytes of each end from now on, including those that were held. */
function join(link: Link): void {
  if (link.lost) return;
  if (link.client.errored || link.server.errored) {
    passReset(link);
    return;
  }
  link.client.pipe(link.server);
  link.server.pipe(link.client);
}

/** Destroys the server's end. The client's bytes are thrown away from now on. */
function part(link: Link): void {
  link.lost = true;
  link.client.unpipe().resume();
  link.server.unpipe().destroy();
}

/** After one end was reset, resets the other. */
function passReset(link: Link): void {
  if (link.lost) return;
  reset(link.client);
  reset(link.server);
}
