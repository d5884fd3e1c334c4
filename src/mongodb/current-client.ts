import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './client.ts';
import { type ConnectedClient, connect } from './connected-client.ts';

/** At least so long between two new clients, so that a server that loses every connection costs little. */
const RENEWAL_MS = 100;

/** The same, if it is doubtful that a connection was lost. */
const DOUBTFUL_RENEWAL_MS = 5_000;

/** Gives clients to the gate. */
export interface Clients {
  /** The client to use now. */
  current(): Promise<ConnectedClient>;
  /**
   * The client to use after `failed` has lost a connection: a new one.
   * @param isDoubtful whether perhaps no connection was lost and one request takes long: then it may be `failed` again
   * @throws the driver's errors if none can be connected
   */
  after(failed: ConnectedClient, isDoubtful: boolean): Promise<ConnectedClient>;
}

/**
 * The client in use. Usually the driver repairs its connections itself. If a connection was lost or is silent, a new client is connected
 * and used for all later requests; the old one is closed after its running requests. So no state of a client lasts until a restart
 * of the process (decision 23).
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
    // If no new client can be connected, the old one may still work.
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

  /** Closes every client after its running requests. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retire();
    await this.#connecting?.catch(() => {});
    await Promise.all(this.#closing);
  }

  /** Connects a new client after `afterMs`: one for all that wait. */
  #renewed(afterMs = 0): Promise<ConnectedClient> {
    if (this.#isClosed) throw new this.#target.Unavailable('it is closed');
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

  /** Closes the client in use after its running requests. */
  #retire(): void {
    if (this.#client === null) return;
    const closing = this.#client.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#client = null;
  }
}
