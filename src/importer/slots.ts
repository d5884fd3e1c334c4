import type { Lane } from '../projections/views/import-view.ts';
import type { Clock } from '../time/clock.ts';
import type { Candidate } from './queue.ts';

/** An import that somebody else was quicker to claim, or whose view is late, is left alone for so long. */
const REST_MS = 10_000;

/** The imports that are claimed or performed here, and those that are left alone for a while. */
export class Slots {
  readonly #clock: Clock;
  readonly #taken = new Map<string, Candidate>();
  /** Until when, on the clock that only grows. */
  readonly #resting = new Map<string, number>();
  #idle: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#taken.size;
  }

  /** From now on it counts as under way here. */
  take(candidate: Candidate): void {
    this.#taken.set(candidate.importId, candidate);
  }

  free({ importId }: Candidate): void {
    this.#taken.delete(importId);
    if (this.size === 0) this.#idle?.();
  }

  rest(importId: string): void {
    this.#resting.set(importId, this.#clock.elapsed() + REST_MS);
  }

  /** Ends the rest of those that have rested for long enough. */
  wake(): void {
    const nowMs = this.#clock.elapsed();
    // In the order in which they began to rest.
    for (const [importId, untilMs] of this.#resting) {
      if (untilMs > nowMs) return;
      this.#resting.delete(importId);
    }
  }

  isBusy(importId: string): boolean {
    return this.#taken.has(importId) || this.#resting.has(importId);
  }

  /** How many imports of an organization are under way. @param lane any unless set */
  underWay(organizationId: string, lane?: Lane): number {
    let count = 0;
    for (const candidate of this.#taken.values()) {
      const isOfLane = lane === undefined || candidate.lane === lane;
      if (candidate.organizationId === organizationId && isOfLane) count += 1;
    }
    return count;
  }

  /** Waits until nothing is under way, for so long at most. */
  async whenIdle(withinMs: number): Promise<void> {
    if (this.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const cancel = this.#clock.after(withinMs, resolve);
    await promise;
    cancel();
    this.#idle = null;
  }
}
