import { BACKWARDS, END, type EventStoreDBClient } from '@eventstore/db-client';
import { isOurs, positionOf } from './our-events.ts';
import { visit } from './reads.ts';

/** What was seen in looking back: the end of everything, and the newest event of ours; 0n where there is none. */
interface Look {
  readonly end: bigint;
  readonly newest: bigint;
}

/**
 * Finds the newest of our events. The client can read the whole log without a filter only, so it is read backwards from its end, past
 * what others and the server itself have written, no further than where the last look ended.
 */
export class Newest {
  #seenTo = 0n;
  #position = 0n;

  async look(client: EventStoreDBClient): Promise<Look> {
    // As a rule the very last event is ours, or was seen before.
    return (await this.#lookBack(client, 1)) ?? (await this.#lookBack(client)) ?? { end: 0n, newest: 0n };
  }

  /** The newest event's position, after a look that was not cut short. */
  after({ end, newest }: Look): bigint {
    // Another look may have gone further meanwhile.
    if (newest > this.#position) this.#position = newest;
    if (end > this.#seenTo) this.#seenTo = end;
    return this.#position;
  }

  /** Null where as many events as `maxCount` were not enough. */
  async #lookBack(client: EventStoreDBClient, maxCount?: number): Promise<Look | null> {
    const range = { direction: BACKWARDS, fromPosition: END, ...(maxCount && { maxCount }) } as const;
    let end = 0n;
    let newest = 0n;
    let isEnough = false;
    await visit(
      () => client.readAll(range),
      (resolved) => {
        const position = positionOf(resolved);
        if (end === 0n) end = position;
        if (isOurs(resolved)) newest = position;
        isEnough = isOurs(resolved) || position <= this.#seenTo;
        return isEnough;
      },
    );
    return isEnough || maxCount === undefined ? { end, newest } : null;
  }
}
