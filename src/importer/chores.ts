import type { Clock } from '../time/clock.ts';

export interface ChoresParts {
  readonly clock: Pick<Clock, 'after'>;
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
}

/** What is done now and then, until the signal aborts. */
export class Chores {
  readonly #parts: ChoresParts;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: ChoresParts) {
    this.#parts = parts;
  }

  /** Does `work` after a time, and then again so long after each end of it. */
  every(firstMs: number, everyMs: number, work: (signal: AbortSignal) => Promise<unknown>): void {
    const { clock, signal } = this.#parts;
    const cancel = clock.after(firstMs, () => {
      signal.removeEventListener('abort', cancel);
      const running = this.#do(work).finally(() => {
        this.#running.delete(running);
        if (!signal.aborted) this.every(everyMs, everyMs, work);
      });
      this.#running.add(running);
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  /** Resolves when nothing is being done. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #do(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await work(this.#parts.signal);
    } catch (error) {
      if (!this.#parts.signal.aborted) this.#parts.onTrouble(error);
    }
  }
}
