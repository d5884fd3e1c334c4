import { setTimeout as sleep } from 'node:timers/promises';

/** A rest is so many times as long as the work before it: a tenth of one core's and of the disk's time is used at most. */
const REST = 9;

/** Keeps work in the background slow. */
export class Pace {
  readonly #signal: AbortSignal;
  #began = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** What was before does not count. */
  begin(): void {
    this.#began = performance.now();
  }

  /** Rests from what was done since the last rest; not at all once the signal aborts. */
  async rest(): Promise<void> {
    const ms = REST * (performance.now() - this.#began);
    await sleep(ms, undefined, { signal: this.#signal, ref: false }).catch(() => {});
    this.#began = performance.now();
  }
}
