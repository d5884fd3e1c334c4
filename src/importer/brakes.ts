import { type Clock, PAUSES_MS } from '../time/clock.ts';
import { doubling } from '../time/retry.ts';
import { Brake } from './brake.ts';

/** The pauses while bytes cannot be kept. */
const STORAGE_PAUSES_MS = doubling(5_000, 60_000);

type BrakedStore = 'views' | 'log' | 'storage';

/** The brakes of the stores that the importer needs: the strongest one counts. */
export class Brakes {
  readonly #brakes: { readonly [store in BrakedStore]: Brake };

  constructor(clock: Clock) {
    this.#brakes = {
      views: new Brake(clock, PAUSES_MS),
      log: new Brake(clock, PAUSES_MS),
      storage: new Brake(clock, STORAGE_PAUSES_MS),
    };
  }

  /** The store was used, and nothing was wrong. */
  worked(store: BrakedStore): void {
    this.#brakes[store].worked();
  }

  /** The store could not be used: fewer imports begin, after a pause that grows. */
  failed(store: BrakedStore): void {
    this.#brakes[store].failed();
  }

  /** How many may be under way. */
  most(usual: number): number {
    return Math.min(...Object.values(this.#brakes).map((brake) => brake.most(usual)));
  }

  /** How long nothing may be begun, in milliseconds. */
  get waitMs(): number {
    return Math.max(...Object.values(this.#brakes).map((brake) => brake.waitMs));
  }
}
