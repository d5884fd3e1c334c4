import { type AllStreamResolvedEvent, BACKWARDS, END, type EventStoreDBClient } from '@eventstore/db-client';
import { isOurs, positionOf } from './our-events.ts';
import { collect } from './reads.ts';

/**
 * Finds the newest of our events. The client can read the whole log without a filter only, so it is read backwards from its end, past
 * what others and the server itself have written, no further than where the last look ended.
 */
export class Newest {
  #seenTo = 0n;
  #position = 0n;

  /** Its position; 0n where there is none. */
  async position(client: EventStoreDBClient): Promise<bigint> {
    // As a rule the very last event is ours, or was seen before.
    const last = await this.#lookBack(client, 1);
    const read = last.some((event) => this.#isEnough(event)) ? last : await this.#lookBack(client);
    const [end] = read;
    const seenTo = end === undefined ? 0n : positionOf(end);
    const ours = read.find(isOurs);
    const newest = ours === undefined ? 0n : positionOf(ours);
    // Another look may have gone further meanwhile.
    if (newest > this.#position) this.#position = newest;
    if (seenTo > this.#seenTo) this.#seenTo = seenTo;
    return this.#position;
  }

  #lookBack(client: EventStoreDBClient, maxCount?: number): Promise<AllStreamResolvedEvent[]> {
    const read = client.readAll({ direction: BACKWARDS, fromPosition: END, ...(maxCount && { maxCount }) });
    return collect(read, (event) => this.#isEnough(event));
  }

  #isEnough(resolved: AllStreamResolvedEvent): boolean {
    return isOurs(resolved) || positionOf(resolved) <= this.#seenTo;
  }
}
