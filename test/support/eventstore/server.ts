import { readFileSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { lastingPort } from '../lasting-port.ts';
import { reset } from '../reset.ts';

const TLS = new URL('./tls/', import.meta.url);

/** A certificate for localhost and 127.0.0.1, one for another host, and one for localhost that has expired. */
export type Certificate = 'certificate' | 'other-host' | 'expired';

/** The file by which a client trusts a server with this certificate. */
export function certificateFile(certificate: Certificate): string {
  return new URL(`${certificate}.pem`, TLS).pathname;
}

export const CA_FILE = certificateFile('certificate');

/**
 * A gRPC server whose connections we control, so that it can end like a killed process, with its connections reset.
 */
export class AbruptServer {
  readonly #certificate: Certificate | null;
  readonly #addServices: (server: Server) => void;
  readonly #sockets = new Map<string, Socket>();
  #listener: NetServer | undefined;
  #grpc: Server | undefined;
  #port = 0;

  /** @param certificate null: without TLS */
  constructor(certificate: Certificate | null, addServices: (server: Server) => void) {
    this.#certificate = certificate;
    this.#addServices = addServices;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens; the second time at the port of the first. */
  async start(): Promise<void> {
    if (this.#listener !== undefined) return;
    const grpc = new Server({ 'grpc.max_receive_message_length': -1 });
    this.#addServices(grpc);
    const credentials =
      this.#certificate === null ? ServerCredentials.createInsecure() : tlsCredentials(this.#certificate);
    const injector = grpc.createConnectionInjector(credentials);
    const listener = createServer((socket) => this.#accept(socket, injector));
    this.#grpc = grpc;
    this.#listener = listener;
    this.#port ||= await lastingPort();
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    const closed = new Promise((resolve) => listener.close(resolve));
    this.dropConnections();
    this.#grpc?.forceShutdown();
    await closed;
  }

  dropConnections(): void {
    for (const peer of [...this.#sockets.keys()]) this.dropConnection(peer);
  }

  /** Resets the connection of this peer, an `address:port` as in a call. */
  dropConnection(peer: string): void {
    const socket = this.#sockets.get(peer);
    if (socket !== undefined) reset(socket);
  }

  #accept(socket: Socket, injector: ConnectionInjector): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(peer, socket);
    socket.setNoDelay(true);
    socket.once('close', () => this.#sockets.delete(peer));
    injector.injectConnection(socket);
  }
}

function tlsCredentials(certificate: Certificate): ServerCredentials {
  const pair = {
    private_key: readFileSync(new URL('key.pem', TLS)),
    cert_chain: readFileSync(certificateFile(certificate)),
  };
  return ServerCredentials.createSsl(null, [pair]);
}
