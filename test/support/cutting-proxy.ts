import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { reset } from './reset.ts';

const HOST = '127.0.0.1';

/** How to cut one connection: how many of the client's bytes are passed on, and what then happens to both ends. */
export interface Cut {
  readonly afterBytes: number;
  readonly how: 'reset' | 'close' | 'half-close' | 'stall';
}

/** A proxy between clients and a server that cuts each connection at a given byte. */
export interface CuttingProxy {
  readonly port: number;
  /** Sets the cut of a client that has connected, and has not sent anything yet. */
  cut(client: Socket, cut: Cut): void;
  /** Resets the connections that are stalled. */
  resetStalled(): void;
  stop(): Promise<void>;
}

export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  /** By the client's port. */
  const cuts = new Map<number, Cut>();
  const stalled = new Set<Socket>();
  const ends = new Set<Socket>();

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ port: targetPort, host: HOST, allowHalfOpen: true, noDelay: true });
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      ends.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        ends.delete(end);
        stalled.delete(end);
        other.destroy();
      });
    }
    server.pipe(client);
    let left: number | undefined;
    client.on('data', (bytes: Buffer) => {
      const { afterBytes, how } = cuts.get(client.remotePort ?? 0) as Cut;
      left ??= afterBytes;
      if (left < 0) return;
      const passed = bytes.subarray(0, left);
      left -= passed.length;
      server.write(passed, () => {
        if (left !== 0) return;
        left = -1;
        if (how === 'reset') for (const end of [server, client]) reset(end);
        if (how === 'close') server.destroy();
        if (how === 'half-close') server.end();
        if (how === 'stall') stalled.add(server);
      });
    });
  });
  listener.listen({ port: 0, host: HOST, backlog: 1_024 });
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    cut(client, cut) {
      cuts.set(client.localPort as number, cut);
    },
    resetStalled() {
      for (const server of stalled) reset(server);
    },
    async stop() {
      for (const end of ends) end.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
