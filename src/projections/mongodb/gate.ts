import { reasonOf } from '../../reason-of.ts';
import { ReadModelUnavailable } from '../errors.ts';
import { type Asked, BOUNDS_MS } from './bounds.ts';
import { untilNoConflict } from './conflicts.ts';
import type { RoundTrip } from './connected-client.ts';
import type { Clients } from './current-client.ts';
import { asPortError, isAway } from './failures.ts';
import { tryTwice } from './two-tries.ts';

/** Once the store is away, nothing is tried for so long; then one operation tries. */
export const PAUSE_MS = 500;

/** What a round trip to the server goes through. */
export interface Passage {
  /** @throws {ReadModelUnavailable} */
  pass<T>(roundTrip: RoundTrip<T>, asked?: Asked): Promise<T>;
}

/** Why nothing is tried just now. */
interface Away {
  readonly reason: string;
  readonly untilMs: number;
}

/**
 * Every round trip to the server goes through here: the circuit breaker. Each is bounded in time, by what it asks for; one whose
 * connection is lost is tried once more; and once one failed because the store is away, the others fail at once, so that a request
 * does not wait a second to learn what is known.
 */
export class Gate implements Passage {
  readonly #clients: Clients;
  readonly #boundsMs: typeof BOUNDS_MS;
  #away: Away | null = null;
  #isProbing = false;
  #answeredAtMs = 0;

  /** @param boundsMs how long a round trip may take, by what it asks for */
  constructor(clients: Clients, boundsMs = BOUNDS_MS) {
    this.#clients = clients;
    this.#boundsMs = boundsMs;
  }

  /**
   * What `roundTrip` gives, which may be done twice, and more often where it met a conflict.
   * @throws {ReadModelUnavailable} it failed, took longer than what it asks for may take (it may still happen), or was not tried
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
      // Others were answered since: then it is this operation that is slow, not the store that is away.
      else if (sinceMs >= this.#answeredAtMs) this.#shut(error);
      throw asPortError(error);
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  /** Whether this operation is the one that tries whether the store is back. */
  #admit(): boolean {
    if (this.#away === null) return false;
    if (this.#isProbing || performance.now() < this.#away.untilMs) throw new ReadModelUnavailable(this.#away.reason);
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
