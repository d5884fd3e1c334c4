/** So many are woken in one turn of the event loop: each may begin work. */
const WOKEN_AT_ONCE = 8;

/** Wakes those that wait for something new. It keeps no timer while nobody waits. */
export class News {
  readonly #gatherMs: number;
  readonly #waiting = new Set<() => void>();
  #gathering: NodeJS.Timeout | null = null;

  /** @param gatherMs news within this time of each other wake those that wait once, which then read them together */
  constructor(gatherMs = 3) {
    this.#gatherMs = gatherMs;
  }

  /** There is something new to read. */
  announce(): void {
    if (this.#waiting.size > 0) this.#gathering ??= setTimeout(() => this.wakeAll(), this.#gatherMs);
  }

  /** Wakes all who wait, at once. */
  wakeAll(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    wakeInSlices([...this.#waiting]);
  }

  /** Resolves on news, when the signal aborts, or after `timeoutMs`. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
      if (signal.aborted) wake();
    });
  }
}

/** One that is woken again has no effect. */
function wakeInSlices(waiting: readonly (() => void)[]): void {
  for (const wake of waiting.slice(0, WOKEN_AT_ONCE)) wake();
  if (waiting.length > WOKEN_AT_ONCE) setImmediate(wakeInSlices, waiting.slice(WOKEN_AT_ONCE));
}
