import type { Clock } from '../time/clock.ts';

/** A claim as it was read. */
export interface SeenClaim {
  readonly importId: string;
  readonly organizationId: string;
  /** Of its `ImportStarted`. */
  readonly revision: number;
  readonly worker: string;
  /** By the clock of whoever made it, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly deadlineMs: number;
}

interface Timed {
  readonly claim: SeenClaim;
  /** On the clock that only grows. */
  readonly sinceMs: number;
}

/**
 * Says which claims are lost. One is lost when its whole time has passed on this node's own clock since it was read, and its deadline, as
 * it is written, is past, too: a time of day that is wrong, on whichever node, steals no work. Or its worker has certainly ended.
 */
export class ClaimClock {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly #hasEnded: (worker: string) => boolean;
  readonly #timed = new Map<string, Timed>();

  constructor(clock: Pick<Clock, 'now' | 'elapsed'>, hasEnded: (worker: string) => boolean) {
    this.#clock = clock;
    this.#hasEnded = hasEnded;
  }

  /** Its time begins when it is noted first. */
  note(claim: SeenClaim): void {
    const known = this.#timed.get(claim.importId)?.claim.revision ?? -1;
    if (claim.revision > known) this.#timed.set(claim.importId, { claim, sinceMs: this.#clock.elapsed() });
  }

  knows(importId: string): boolean {
    return this.#timed.has(importId);
  }

  /** The import was given back, has ended, or is lost and taken over. */
  forget(importId: string): void {
    this.#timed.delete(importId);
  }

  /** Those that are lost now. They stay until they are forgotten. */
  *lost(): Generator<SeenClaim> {
    for (const timed of this.#timed.values()) if (this.#lostInMs(timed) <= 0) yield timed.claim;
  }

  /** In how many milliseconds the next one is lost, as far as can be told; null: none is timed that is not lost yet. */
  nextMs(): number | null {
    let next: number | null = null;
    for (const timed of this.#timed.values()) {
      const inMs = this.#lostInMs(timed);
      if (inMs > 0) next = Math.min(next ?? inMs, inMs);
    }
    return next;
  }

  #lostInMs({ claim: { worker, startedMs, deadlineMs }, sinceMs }: Timed): number {
    if (this.#hasEnded(worker)) return 0;
    const wholeMs = Math.max(0, deadlineMs - startedMs);
    return Math.max(sinceMs + wholeMs - this.#clock.elapsed(), deadlineMs - this.#clock.now());
  }
}
