import { setTimeout as sleep } from 'node:timers/promises';
import { ReadModelUnavailable } from '../errors.ts';
import type { Target } from './client.ts';
import { type ConnectedClient, connect } from './connected-client.ts';

/** So often, at most, a fresh client is connected: so a server of which each connection is lost costs little. */
const RENEWAL_MS = 100;

/** And so often where it is doubtful that connections were lost. */
const DOUBTFUL_RENEWAL_MS = 5_000;

/** Where the gate takes clients. */
export interface Clients {
  /** The one to ask just now. */
  current(): Promise<ConnectedClient>;
  /**
   * The one to ask after `failed`, of which a connection was lost: a fresh one.
   * @param isDoubtful whether it may be that no connection was lost, but that one question takes long: then it may be `failed` again
   * @throws the driver's errors: none can be connected
   */
  after(failed: ConnectedClient, isDoubtful: boolean): Promise<ConnectedClient>;
}

/**
 * The client in use. The driver repairs its connections by itself, mostly; where one was lost, or is silent, a fresh client is
 * connected and takes its place for all that comes, and the one before is closed once what it was asked has ended. So there is no
 * state of a client that only a restart of the process ends (decision 23).
 */
export class CurrentClient implements Clients {
  readonly #target: Target;
  #client: ConnectedClient | null = null;
  #connecting: Promise<ConnectedClient> | null = null;
  readonly #closing = new Set<Promise<void>>();
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(target: Target) {
    this.#target = target;
  }

  async current(): Promise<ConnectedClient> {
    // Where no fresh one can be connected, the one that is here may do all the same.
    await this.#connecting?.catch(() => {});
    return this.#client ?? this.#renewed();
  }

  async after(failed: ConnectedClient, isDoubtful: boolean): Promise<ConnectedClient> {
    if (this.#connecting !== null) return this.#connecting;
    if (failed !== this.#client) return this.current();
    const nowMs = performance.now();
    if (isDoubtful && nowMs - this.#doubtedAtMs < DOUBTFUL_RENEWAL_MS) return failed;
    if (isDoubtful) this.#doubtedAtMs = nowMs;
    return this.#renewed(failed.connectedAtMs + RENEWAL_MS - nowMs);
  }

  /** Closes every client, once what each was asked has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retire();
    await this.#connecting?.catch(() => {});
    await Promise.all(this.#closing);
  }

  /** Connects a fresh client, not before so long: once, for all who wait for it. */
  #renewed(afterMs = 0): Promise<ConnectedClient> {
    if (this.#isClosed) throw new ReadModelUnavailable('it is closed');
    this.#connecting ??= sleep(Math.max(afterMs, 0))
      .then(() => connect(this.#target))
      .then((fresh) => {
        this.#retire();
        this.#client = fresh;
        if (this.#isClosed) this.#retire();
        return fresh;
      })
      .finally(() => {
        this.#connecting = null;
      });
    return this.#connecting;
  }

  /** Closes the client in use, once what it was asked has ended. */
  #retire(): void {
    if (this.#client === null) return;
    const closing = this.#client.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#client = null;
  }
}
