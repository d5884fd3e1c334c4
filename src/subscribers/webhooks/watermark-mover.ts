import type { Clock } from '../../time/clock.ts';
import type { Place } from '../place.ts';

/** A watermark is recorded this often at most. */
const AFTER_DELIVERIES_MS = 60_000;
/** The same if it only moved over events that the endpoint does not want: the log is to stay small. */
const AFTER_PASSING_MS = 3_600_000;

export interface WatermarkMoverParts {
  readonly clock: Clock;
  /** The place before which everything was acknowledged or given up, now. */
  readonly place: () => Place;
  /** Records it. Rejects if that did not work. */
  readonly record: (place: Place) => Promise<void>;
}

/** Decides when the watermark of an endpoint is recorded in the log. */
export class WatermarkMover {
  readonly #parts: WatermarkMoverParts;
  #recorded: bigint;
  #recordedAtMs: number;
  #hasFinished = false;
  /** Not set by events that nobody may see, such as a watermark: each would be followed by another one for ever. */
  #hasPassed = false;
  #cancel: (() => void) | null = null;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #recording: Promise<void> | null = null;
  #isStopped = false;

  /** @param recorded the position of the watermark in the log */
  constructor(recorded: bigint, parts: WatermarkMoverParts) {
    this.#recorded = recorded;
    this.#parts = parts;
    this.#recordedAtMs = parts.clock.elapsed();
  }

  /**
   * The place may have moved.
   * @param how `finished`: a delivery was; `passed`: by events that subscribers may see and this one does not want
   */
  moved(how: 'finished' | 'passed'): void {
    if (how === 'finished') this.#hasFinished = true;
    else this.#hasPassed = true;
    this.#consider();
  }

  /** Records what deliveries moved, for the last time. */
  async stop(): Promise<void> {
    this.abandon();
    await this.#recording;
    if (this.#hasFinished) await this.#record();
  }

  /** Records nothing any more. */
  abandon(): void {
    this.#forget();
    this.#isStopped = true;
  }

  #consider(): void {
    const hasMoved = this.#hasFinished || this.#hasPassed;
    if (!hasMoved || this.#isStopped || this.#parts.place().position <= this.#recorded) return;
    const { clock } = this.#parts;
    const dueAtMs = this.#recordedAtMs + (this.#hasFinished ? AFTER_DELIVERIES_MS : AFTER_PASSING_MS);
    if (dueAtMs >= this.#dueAtMs) return;
    this.#cancel?.();
    this.#dueAtMs = dueAtMs;
    this.#cancel = clock.after(Math.max(0, dueAtMs - clock.elapsed()), () => void this.#record());
  }

  #forget(): void {
    this.#cancel?.();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  async #record(): Promise<void> {
    this.#forget();
    const place = this.#parts.place();
    if (place.position <= this.#recorded || this.#recording !== null) return;
    this.#recordedAtMs = this.#parts.clock.elapsed();
    const hadFinished = this.#hasFinished;
    this.#hasFinished = false;
    this.#hasPassed = false;
    this.#recording = this.#parts.record(place).then(
      () => {
        this.#recorded = place.position;
      },
      () => {
        this.#hasFinished ||= hadFinished;
      },
    );
    await this.#recording;
    this.#recording = null;
    this.#consider();
  }
}
