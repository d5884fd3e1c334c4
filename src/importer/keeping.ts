import { reasonOf } from '../errors/reason-of.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { type Clock, timeText } from '../time/clock.ts';
import { UnkeptElsewhere } from './unkept-elsewhere.ts';

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

/** Remembers whether this node can keep the bytes of images, and what others could not. */
export class Keeping {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #elsewhere: UnkeptElsewhere;
  #failed: Failed | null = null;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#elsewhere = new UnkeptElsewhere(clock, KNOWN_FOR_MS);
  }

  /** This node's own, else that of others. Null: there is none, or nobody knows. */
  get trouble(): KeepingTrouble | null {
    const known = this.#known();
    return known === null ? this.#elsewhere.trouble : { reason: known.reason, since: timeText(known.sinceMs) };
  }

  /** Takes note of an event of the log, which tells of others. */
  saw(event: RecordedEvent): void {
    this.#elsewhere.saw(event);
  }

  /** @param bytes of the image that was kept */
  worked(bytes: number): void {
    if (this.#failed !== null && bytes >= this.#failed.bytes) this.#failed = null;
  }

  /**
   * @param bytes how much of the image had come
   * @param importId of the import, if an event will say that it waits for this
   */
  failed(error: unknown, bytes: number, importId: string | null = null): void {
    if (importId !== null) this.#elsewhere.noteOwn(importId);
    const lastMs = this.#clock.now();
    const { sinceMs = lastMs, bytes: smallest = bytes } = this.#known() ?? {};
    this.#failed = { reason: reasonOf(error), sinceMs, lastMs, bytes: Math.min(smallest, bytes) };
  }

  #known(): Failed | null {
    return this.#failed !== null && this.#clock.now() - this.#failed.lastMs <= KNOWN_FOR_MS ? this.#failed : null;
  }
}
