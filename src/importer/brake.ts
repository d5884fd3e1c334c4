import type { Clock } from '../time/clock.ts';

/** Holds work back while a store of the service is away: nothing for a while, then one at a time, until one has worked. */
export class Brake {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #pausesMs: (failures: number) => number;
  #failures = 0;
  #untilMs = 0;

  /** @param pausesMs the pause after so many failures in a row, from 1 */
  constructor(clock: Pick<Clock, 'elapsed'>, pausesMs: (failures: number) => number) {
    this.#clock = clock;
    this.#pausesMs = pausesMs;
  }

  /** Lets go: the next failure is the first again. */
  worked(): void {
    this.#failures = 0;
    this.#untilMs = 0;
  }

  /** Those that were under way together count as one failure. */
  failed(): void {
    if (this.waitMs > 0) return;
    this.#failures += 1;
    this.#untilMs = this.#clock.elapsed() + this.#pausesMs(this.#failures);
  }

  /** How long nothing may begin, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#untilMs - this.#clock.elapsed());
  }

  /** How many may be under way. */
  most(usual: number): number {
    if (this.#failures === 0) return usual;
    return this.waitMs > 0 ? 0 : 1;
  }
}
