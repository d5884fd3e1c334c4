import { reasonOf } from '../errors/reason-of.ts';
import { type Asked, BOUNDS_MS } from './bounds.ts';
import { untilNoConflict } from './conflicts.ts';
import type { RoundTrip } from './connected-client.ts';
import type { Clients } from './current-client.ts';
import { asPortError, isAway } from './failures.ts';
import { tryTwice } from './two-tries.ts';
import type { Unavailable } from './unavailable.ts';

/** While the store is away, nothing is tried for this time; then one operation tries. */
const PAUSE_MS = 500;

/** The way of each round trip to the server. */
export interface Passage {
  /** @throws {Unavailable} */
  pass<T>(roundTrip: RoundTrip<T>, asked?: Asked): Promise<T>;
}

/** Why no round trip is tried just now. */
interface Away {
  readonly reason: string;
  readonly untilMs: number;
}

/**
 * The circuit breaker, for every round trip to the server. Each has a time limit by its size. If its connection is lost, it is tried once
 * more. After one has failed because the store is away, the others fail at once, so that requests do not wait for a known outage.
 */
export class Gate implements Passage {
  readonly #clients: Clients;
  readonly #Unavailable: Unavailable;
  readonly #boundsMs: typeof BOUNDS_MS;
  #away: Away | null = null;
  #isProbing = false;
  #answeredAtMs = 0;

  /**
   * @param Unavailable the error of the port
   * @param boundsMs how long a round trip may take, by its size
   */
  constructor(clients: Clients, Unavailable: Unavailable, boundsMs = BOUNDS_MS) {
    this.#clients = clients;
    this.#Unavailable = Unavailable;
    this.#boundsMs = boundsMs;
  }

  /**
   * The result of `roundTrip`, which may be made twice, and more often after conflicts.
   * @throws {Unavailable} it failed, was not tried, or took too long (then it may still happen)
   */
  async pass<T>(roundTrip: RoundTrip<T>, asked: Asked = 'document'): Promise<T> {
    const isProbe = this.#admit();
    const sinceMs = performance.now();
    try {
      const result = await tryTwice(this.#clients, untilNoConflict(roundTrip), this.#boundsMs[asked]);
      this.#answered();
      return result;
    } catch (error) {
      if (!isAway(error)) this.#answered();
      // If others were answered since, this operation is slow, and the store is not away.
      else if (sinceMs >= this.#answeredAtMs) this.#shut(error);
      throw asPortError(error, this.#Unavailable);
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  /** Whether this operation may try whether the store is back. */
  #admit(): boolean {
    if (this.#away === null) return false;
    if (this.#isProbing || performance.now() < this.#away.untilMs) throw new this.#Unavailable(this.#away.reason);
    this.#isProbing = true;
    return true;
  }

  #answered(): void {
    this.#away = null;
    this.#answeredAtMs = performance.now();
  }

  #shut(error: unknown): void {
    this.#away = { reason: reasonOf(error), untilMs: performance.now() + PAUSE_MS };
  }
}
