import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  type ReadPosition,
} from '@eventstore/db-client';
import { isOurs, positionOf } from './our-events.ts';
import { collect } from './reads.ts';

/** Events a page at most. The first page is of one: as a rule the very last event is ours, or was seen before. */
const PAGE_EVENTS = 1_000;

/** How much longer a page is than the one before it. */
const PAGE_GROWTH = 32;

/** What was seen in looking back: the end of everything, and the newest event of ours; 0n where there is none. */
interface Look {
  readonly end: bigint;
  readonly newest: bigint;
}

/**
 * Finds the newest of our events. The client can read the whole log without a filter only, so it is read backwards from its end, past
 * what others and the server itself have written, no further than where the last look ended. Page by page, each to its end: of a read
 * that is left while the server has just ended it, the client would keep the stream for ever.
 */
export class Newest {
  #seenTo = 0n;
  #position = 0n;

  async look(client: EventStoreDBClient): Promise<Look> {
    let fromPosition: ReadPosition = END;
    let end: bigint | null = null;
    for (let maxCount = 1; ; maxCount = Math.min(maxCount * PAGE_GROWTH, PAGE_EVENTS)) {
      const page: AllStreamResolvedEvent[] = await collect(() =>
        client.readAll({ direction: BACKWARDS, fromPosition, maxCount }),
      );
      const [first] = page;
      const last = page.at(-1);
      end ??= first === undefined ? 0n : positionOf(first);
      const ours = page.find(isOurs);
      if (ours !== undefined) return { end, newest: positionOf(ours) };
      if (last?.event === undefined || page.length < maxCount || positionOf(last) <= this.#seenTo) {
        return { end, newest: 0n };
      }
      fromPosition = last.event.position;
    }
  }

  /** The newest event's position, after a look that was not cut short. */
  after({ end, newest }: Look): bigint {
    // Another look may have gone further meanwhile.
    if (newest > this.#position) this.#position = newest;
    if (end > this.#seenTo) this.#seenTo = end;
    return this.#position;
  }
}
