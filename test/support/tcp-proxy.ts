import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { lastingPort } from './lasting-port.ts';
import { reset } from './reset.ts';

const HOST = '127.0.0.1';

/** Stands between a client and a server, both on this machine, and behaves as a bad network does. */
export interface TcpProxy {
  /** Where clients connect; the same for as long as the proxy lives. */
  readonly port: number;
  /** Resets every connection and refuses new ones. */
  cut(): void;
  /** Keeps every connection open and passes nothing on, either way; new ones are accepted and wait. */
  freeze(): void;
  /** Resets every connection there is; new ones pass. */
  reset(): void;
  /** Ends every connection there is, as a server does that closes it: with a goodbye, and what comes then is reset. New ones pass. */
  end(): void;
  /** Says goodbye to the client of every connection there is, and takes what it still says without passing it on. New ones pass. */
  halfClose(): void;
  /** Lets each connection there is answer so many bytes more, and resets it then. New ones pass. */
  cutAnswersAfter(bytes: number): void;
  /** As `freeze`, and the connections there are now stay open and silent for ever: `resume` does not bring them back. */
  isolate(): void;
  /** Ends what `cut`, `freeze` and `isolate` began: what was held goes on, and new connections pass. */
  resume(): void;
  /** How many connections there are that the client has not closed. */
  connections(): number;
  /** Closes every connection and the port. */
  stop(): Promise<void>;
}

/** A client's connection, and the one to the server that stands for it. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Isolated: nothing passes any more, neither bytes nor the end of an end. */
  lost: boolean;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  let refusing = false;
  let holding = false;

  // With `allowHalfOpen` an end's end is passed on by the pipe, when it is joined, and never answered by us.
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
          // Once it is sent: a reset overtakes what waits to be.
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
        // What the client still sends goes nowhere; it is read so that `connections` learns of its end.
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

/** Passes on what each end says from now on, and what it said while it was held. */
function join(link: Link): void {
  if (link.lost) return;
  if (link.client.errored || link.server.errored) {
    passReset(link);
    return;
  }
  link.client.pipe(link.server);
  link.server.pipe(link.client);
}

/** The server's end goes; what the client says goes nowhere from now on. */
function part(link: Link): void {
  link.lost = true;
  link.client.unpipe().resume();
  link.server.unpipe().destroy();
}

/** One end is gone without a goodbye; so is the other. */
function passReset(link: Link): void {
  if (link.lost) return;
  reset(link.client);
  reset(link.server);
}
