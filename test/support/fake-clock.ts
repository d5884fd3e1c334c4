import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/time/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly work: () => void;
}

/** A clock that stands still until a test lets time pass. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  /** Events get the time of the machine. */
  readonly #startMs = Date.now();
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(ms: number, work: () => void): () => void {
    const timer: Timer = { atMs: this.#elapsedMs + ms, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass: each timer runs at its time, and what follows from it is done before the next one. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await nextTurn();
    for (;;) {
      const next = [...this.#timers].sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.work();
      await nextTurn();
    }
    this.#elapsedMs = endMs;
    await nextTurn();
  }
}
