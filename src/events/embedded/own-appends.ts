import type { NewEvent, RecordedEvent } from '../event-log.ts';
import type { Place } from './messages.ts';

/** What waits for news reads within milliseconds. */
const MOST_EVENTS = 512;
const MOST_CHARACTERS = 2_000_000;

/**
 * This process's newest appends, one after another in the log, so that whoever follows the log need not read them from the disk. They are
 * on the disk: each append was answered.
 */
export class OwnAppends {
  /** The positions have no gap. */
  #events: RecordedEvent[] = [];
  #characters = 0;

  /** Keeps the events of an append; appends are given in the order of their positions. @param place of its last event */
  add(stream: string, events: readonly NewEvent[], [revision, position, isNew]: Place): void {
    // Of one that was there already, the log has the first try.
    if (!isNew) return;
    const { newest } = this;
    const first = position - events.length + 1;
    // Another process has appended between.
    if (newest !== null && BigInt(first) !== newest + 1n) this.#forget();
    for (const [index, { id, type, data, metadata }] of events.entries()) {
      const at = { stream, revision: revision - events.length + 1 + index, position: BigInt(first + index) };
      this.#events.push({ id, type, data, metadata, ...at });
      this.#characters += data.length + metadata.length;
    }
    if (this.#characters > MOST_CHARACTERS) this.#forget();
    // Many at a time: to take one away moves all others.
    else if (this.#events.length > MOST_EVENTS) this.#forget(MOST_EVENTS / 2);
  }

  /** The position of the last one; null if none is kept. */
  get newest(): bigint | null {
    return this.#events.at(-1)?.position ?? null;
  }

  /** Those after a position, up to `limit`; empty if the next one is not kept. */
  after(position: bigint, limit: number): RecordedEvent[] {
    const [oldest] = this.#events;
    if (oldest === undefined || position < oldest.position - 1n) return [];
    const start = Number(position - oldest.position) + 1;
    return this.#events.slice(start, start + limit);
  }

  #forget(count = this.#events.length): void {
    for (const { data, metadata } of this.#events.splice(0, count)) this.#characters -= data.length + metadata.length;
  }
}
