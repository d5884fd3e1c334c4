import { reasonOf } from '../../reason-of.ts';
import { within } from '../../within.ts';
import { ReadModelUnavailable } from '../read-model.ts';
import { asPortError, isAway, NoAnswer } from './failures.ts';

/** How long one round trip to the server may take. */
export const BOUND_MS = 1_000;

/** Once the store is away, nothing is tried for so long; then one operation tries. */
export const PAUSE_MS = 500;

/** What a round trip to the server goes through. */
export interface Passage {
  /** @throws {ReadModelUnavailable} */
  pass<T>(roundTrip: () => Promise<T>): Promise<T>;
}

/** Why nothing is tried just now. */
interface Away {
  readonly reason: string;
  readonly untilMs: number;
}

/**
 * Every round trip to the server goes through here. Each is bounded in time; and once one failed because the store is away, the
 * others fail at once, so that a request does not wait a second to learn what is known.
 */
export class Gate implements Passage {
  #away: Away | null = null;
  #isProbing = false;
  #answeredAtMs = 0;

  /**
   * What `roundTrip` gives.
   * @throws {ReadModelUnavailable} it failed, took over `BOUND_MS` (it may still happen), or was not tried
   */
  async pass<T>(roundTrip: () => Promise<T>): Promise<T> {
    const isProbe = this.#admit();
    const sinceMs = performance.now();
    try {
      const result = await bounded(roundTrip(), BOUND_MS);
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

/** The promise's outcome. @throws {NoAnswer} it has none within so long */
export function bounded<T>(promise: Promise<T>, withinMs: number): Promise<T> {
  return within(withinMs, promise, () => new NoAnswer(withinMs));
}
