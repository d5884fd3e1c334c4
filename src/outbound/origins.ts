import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { Destinations } from './destinations.ts';
import type { OutboundError } from './outbound-error.ts';

/** A new connection is made in this time; the deadline of a request may be longer. */
const CONNECT_MS = 10_000;
/** `NODE_TLS_REJECT_UNAUTHORIZED=0`, which somebody sets for a store inside of the network, is not for the internet. */
const TLS = { rejectUnauthorized: true };
const MOST_HEADER_BYTES = 16_384;
/** This machine is never reached through a proxy. */
const NEVER_BY_PROXY = 'localhost,127.0.0.1,[::1]';

/** How connections are kept. */
export interface Keeping {
  /** How many of one party there are to one origin at most; for a moment twice as many, when they are renewed. */
  readonly connections: number;
  /** How long a connection may idle between two requests, in milliseconds. */
  readonly idleMs: number;
  /**
   * How long connections are taken for new requests, in milliseconds. A connection leads to the one address that was checked when it was
   * made, so it cannot turn to another. But a name that has moved, or has only refused addresses now, must not be served for ever: it is
   * looked up again after this time at the latest.
   */
  readonly reuseMs: number;
}

/** The connections of one party to one origin. */
interface Connections {
  readonly dispatcher: Dispatcher;
  readonly madeAtMs: number;
  /** Begins anew with the end of each request. */
  readonly idle: NodeJS.Timeout;
  requests: number;
}

/** The connections of one request: `release` must be called when it is over. */
export interface Held {
  readonly dispatcher: Dispatcher;
  release(): void;
}

/** Keeps connections to origins as long as they are used, and so little of an origin that is used no more. */
export class Origins {
  readonly #make: (origin: string) => Dispatcher;
  readonly #keeping: Keeping;
  /** By party and origin. */
  readonly #current = new Map<string, Connections>();
  /** With those that are taken for no new request. */
  readonly #all = new Set<Connections>();

  constructor({ lookup, proxies }: Destinations, keeping: Keeping) {
    this.#keeping = keeping;
    // One for all, since it keeps the sessions of TLS. `autoSelectFamily` is why `lookup` gives arrays.
    const connect = buildConnector({
      lookup,
      autoSelectFamily: true,
      allowH2: false,
      timeout: CONNECT_MS,
      ...TLS,
    });
    const options = {
      connect,
      connections: keeping.connections,
      allowH2: false,
      keepAliveTimeout: keeping.idleMs,
      keepAliveMaxTimeout: keeping.idleMs,
      maxHeaderSize: MOST_HEADER_BYTES,
      // The deadline of each request is ours: these do not fire for a receiver that drips.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#make = (origin) =>
      proxies === null
        ? new Pool(origin, options)
        : new EnvHttpProxyAgent({
            ...options,
            connectTimeout: CONNECT_MS,
            proxyTls: TLS,
            requestTls: TLS,
            // Empty, and not left out: undici would read the environment.
            httpProxy: proxies.http ?? '',
            httpsProxy: proxies.https ?? '',
            noProxy: `${NEVER_BY_PROXY},${proxies.except}`,
          });
  }

  /** How many origins there are connections to, or were a moment ago. */
  get size(): number {
    return this.#all.size;
  }

  /** Connections to an origin, which no other party uses. They are kept until a moment after the last `release`. */
  take(party: string, origin: string): Held {
    const connections = this.#connectionsOf(`${party} ${origin}`, origin);
    connections.requests += 1;
    return {
      dispatcher: connections.dispatcher,
      release: () => {
        connections.requests -= 1;
        connections.idle.refresh();
      },
    };
  }

  /** Ends all requests with this error, and closes all connections. */
  async close(reason: OutboundError): Promise<void> {
    const ended = [...this.#all];
    this.#current.clear();
    this.#all.clear();
    for (const { idle } of ended) clearTimeout(idle);
    await Promise.all(ended.map(({ dispatcher }) => dispatcher.destroy(reason)));
  }

  #connectionsOf(key: string, origin: string): Connections {
    const current = this.#current.get(key);
    if (current !== undefined && performance.now() - current.madeAtMs < this.#keeping.reuseMs) return current;
    const made: Connections = {
      dispatcher: this.#make(origin),
      madeAtMs: performance.now(),
      idle: setTimeout(() => this.#endIfIdle(key, made), this.#keeping.idleMs).unref(),
      requests: 0,
    };
    this.#current.set(key, made);
    this.#all.add(made);
    return made;
  }

  #endIfIdle(key: string, connections: Connections): void {
    if (connections.requests > 0) return;
    this.#all.delete(connections);
    if (this.#current.get(key) === connections) this.#current.delete(key);
    // No request is left to fail.
    connections.dispatcher.destroy().catch(() => {});
  }
}
