import { type Clock, PAUSES_MS, pause } from '../../time/clock.ts';
import type { Place } from '../place.ts';
import { MOST_ATTEMPTS } from './attempts-text.ts';
import {
  type Attempt,
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryStore,
  type Progress,
} from './delivery-store.ts';

/** Results are written together: when there are so many, or after some time. */
const WORTH_SAVING = 200;
const SAVE_EVERY_MS = 100;

/** How long it takes until it is written that nothing was to be sent: if that gets lost, a part of the log is read again. */
const NOTE_EVERY_MS = 60_000;

export interface RecordsParts {
  readonly store: Pick<DeliveryStore, 'save' | 'withIds'>;
  readonly clock: Clock;
  /** Whether this node still serves the endpoint for certain. If not, it waits: another may write by now. */
  readonly mayWrite: () => boolean;
  /** Is called with each failure to write, and when writing works again. */
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/**
 * Writes an endpoint's deliveries and progress, many at a time and one time after the other. What was not written yet when the node dies is
 * sent again. While the store is away, it tries again and again.
 */
export class Records {
  readonly #endpoint: string;
  readonly #parts: RecordsParts;
  readonly #closing = new AbortController();
  /** With the attempts that are not in the store yet. */
  #unsaved = new Map<string, Delivery>();
  #progress: Progress;
  #isProgressUnsaved = false;
  #saving: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isAway = false;

  constructor(endpoint: string, progress: Progress, parts: RecordsParts) {
    this.#endpoint = endpoint;
    this.#progress = progress;
    this.#parts = parts;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** The store cannot be written just now. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Writes new deliveries with the place up to which events were looked at. Resolves once that is written, or after `close`. */
  async made(deliveries: readonly Delivery[], scanned: Place): Promise<void> {
    for (const delivery of deliveries) this.#unsaved.set(delivery.id, delivery);
    this.#progress = { ...this.#progress, scanned };
    this.#isProgressUnsaved = true;
    await this.flush();
  }

  /** Notes that no delivery is needed up to a place. */
  passed(scanned: Place): void {
    this.#progress = { ...this.#progress, scanned };
    this.#isProgressUnsaved = true;
    this.#saveWithin(NOTE_EVERY_MS);
  }

  /** Takes the result of an attempt. `delivery` has the new attempt alone. */
  tried(delivery: Delivery, progress: Partial<Progress>): void {
    const unsaved = this.#unsaved.get(delivery.id);
    this.#unsaved.set(delivery.id, merged(unsaved, delivery));
    this.#progress = { ...this.#progress, ...progress };
    this.#isProgressUnsaved = true;
    if (this.#unsaved.size >= WORTH_SAVING) void this.flush();
    else this.#saveWithin(SAVE_EVERY_MS);
  }

  /** Resolves once everything that it has now is written, or after `close`. */
  async flush(): Promise<void> {
    // A running save may have begun before the newest results came.
    await this.#saving;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    await this.#saving;
  }

  /** Gives up what is not written. */
  close(): void {
    this.#closing.abort();
    this.#cancel?.();
  }

  #saveWithin(ms: number): void {
    const { clock } = this.#parts;
    const atMs = clock.elapsed() + ms;
    if (atMs >= this.#timerAtMs || this.#closing.signal.aborted) return;
    this.#cancel?.();
    this.#timerAtMs = atMs;
    this.#cancel = clock.after(ms, () => void this.flush());
  }

  async #save(): Promise<void> {
    this.#cancel?.();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const { signal } = this.#closing;
    for (let tries = 1; !signal.aborted && (this.#unsaved.size > 0 || this.#isProgressUnsaved); tries += 1) {
      const saving = this.#unsaved;
      this.#unsaved = new Map();
      const isProgressSaved = this.#isProgressUnsaved;
      this.#isProgressUnsaved = false;
      try {
        const deliveries = await this.#withEarlierAttempts([...saving.values()]);
        if (signal.aborted) return;
        if (!this.#parts.mayWrite()) throw new DeliveriesUnavailable('the leases of this node could not be renewed');
        await this.#parts.store.save(this.#endpoint, deliveries, this.#progress);
        if (this.#isAway) {
          this.#isAway = false;
          this.#parts.onBack();
        }
        return;
      } catch (error) {
        for (const [id, newer] of this.#unsaved) saving.set(id, merged(saving.get(id), newer));
        this.#unsaved = saving;
        this.#isProgressUnsaved ||= isProgressSaved;
        this.#isAway = true;
        this.#parts.onAway(error);
        await pause(this.#parts.clock, PAUSES_MS(tries), signal);
      }
    }
  }

  /** A delivery that was tried before has attempts in the store, which are kept. */
  async #withEarlierAttempts(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const tried = deliveries.filter(({ tries, attempts }) => tries > attempts.length).map(({ id }) => id);
    if (tried.length === 0) return deliveries;
    const stored = await this.#parts.store.withIds(this.#endpoint, tried);
    const earlier = new Map(stored.map(({ id, attempts }) => [id, attempts]));
    return deliveries.map((delivery) => {
      const { attempts } = delivery;
      // A save of unknown outcome may have written them.
      const before = (earlier.get(delivery.id) ?? []).filter(({ at }) => !attempts.some((one) => one.at === at));
      return { ...delivery, attempts: [...before, ...attempts].slice(-MOST_ATTEMPTS) };
    });
  }
}

function merged(earlier: Delivery | undefined, later: Delivery): Delivery {
  if (earlier === undefined || later.tries === 0) return later;
  const attempts: readonly Attempt[] = [...earlier.attempts, ...later.attempts];
  return { ...later, attempts: attempts.slice(-MOST_ATTEMPTS) };
}
