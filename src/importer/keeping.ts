import { reasonOf } from '../errors/reason-of.ts';
import { type Clock, timeText } from '../time/clock.ts';

/** An import that waits is tried again within this time: if none has failed for so long, nobody knows any more. */
const KNOWN_FOR_MS = 15 * 60_000;

/** Why the bytes of images cannot be kept. */
export interface KeepingTrouble {
  /** For operators: it may name a folder or a bucket. */
  readonly reason: string;
  /** UTC, ISO 8601. */
  readonly since: string;
}

/** What is remembered of images that could not be kept. */
interface Failed {
  readonly reason: string;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** How much had come of the smallest: a smaller image that is kept tells nothing. */
  readonly bytes: number;
}

/** Remembers whether this node can keep the bytes of images. */
export class Keeping {
  readonly #clock: Pick<Clock, 'now'>;
  #failed: Failed | null = null;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Null: it can, or nobody knows. */
  get trouble(): KeepingTrouble | null {
    const known = this.#known();
    return known && { reason: known.reason, since: timeText(known.sinceMs) };
  }

  /** @param bytes of the image that was kept */
  worked(bytes: number): void {
    if (this.#failed !== null && bytes >= this.#failed.bytes) this.#failed = null;
  }

  /** @param bytes how much of the image had come */
  failed(error: unknown, bytes: number): void {
    const lastMs = this.#clock.now();
    const { sinceMs = lastMs, bytes: smallest = bytes } = this.#known() ?? {};
    this.#failed = { reason: reasonOf(error), sinceMs, lastMs, bytes: Math.min(smallest, bytes) };
  }

  #known(): Failed | null {
    return this.#failed !== null && this.#clock.now() - this.#failed.lastMs <= KNOWN_FOR_MS ? this.#failed : null;
  }
}
