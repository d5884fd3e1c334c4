import type { EventStoreDBClient } from '@eventstore/db-client';
import { LogUnavailable } from '../errors.ts';
import type { RecordedEvent } from '../event-log.ts';
import { messages } from './calls.ts';
import type { Connection } from './connection.ts';
import { type From, lastOfAll, ofStream, oursAfter, oursBackwards, type Place } from './requests.ts';
import { ourEventIn } from './stored-event.ts';
import { NAME_STREAM, type StreamNames } from './stream-names.ts';

/**
 * The newest of our events. The server skips the events of other writers, and only once: a search begins where the search, append or
 * subscription before it ended. One search serves all that wait.
 */
export class Head {
  readonly #connection: Connection;
  readonly #names: StreamNames;
  #newest = 0n;
  /** Up to here no event of ours is newer than `#newest`; null before the first search. */
  #seenTo: From | null = null;
  #running: Promise<bigint> | null = null;
  #next: Promise<bigint> | null = null;

  constructor(connection: Connection, names: StreamNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** The newest event known without a call. */
  get known(): bigint {
    return this.#newest;
  }

  /** Asks the server, by a search that begins after this call. Several callers may share it. */
  find(): Promise<bigint> {
    this.#next ??= this.#afterTheRunningOne();
    return this.#next;
  }

  /** Remembers an event of ours. */
  saw(position: bigint): void {
    if (position > this.#newest) this.#newest = position;
    if (this.#seenTo !== null) this.#passed({ commit: position, prepare: position });
  }

  /** Remembers that all our events from one place up to another were seen. */
  sawAll(from: From, to: Place): void {
    if (this.#seenTo !== null && (from === 'start' || !isAfter(from, this.#seenTo))) this.#passed(to);
  }

  /** The place at which to subscribe for events after a position. It skips later events of other writers, as far as they are known. */
  placeAfter(position: bigint): From {
    const seenTo = this.#seenTo;
    const isFurther = seenTo !== null && seenTo !== 'start' && seenTo.commit > position;
    if (isFurther && this.#newest <= position) return seenTo;
    return position === 0n ? 'start' : { commit: position, prepare: position };
  }

  async #afterTheRunningOne(): Promise<bigint> {
    try {
      await this.#running;
    } finally {
      this.#next = null;
    }
    this.#running = this.#connection.read((client) =>
      this.#seenTo === null ? this.#searchBackwards(client) : this.#searchOn(client, this.#seenTo),
    );
    return this.#running.finally(() => {
      this.#running = null;
    });
  }

  /** The first search goes backwards: from the beginning it would read all our events. */
  async #searchBackwards(client: EventStoreDBClient): Promise<bigint> {
    const { readMs } = this.#connection.bounds;
    let end: From = 'start';
    for await (const message of messages(client, lastOfAll(), readMs)) {
      const last = message.getEvent()?.getEvent();
      if (last !== undefined) end = placeIn(last);
    }
    const newest = await newestOfOurs(client, this.#names, readMs);
    if (newest !== null) this.saw(newest.position);
    this.#seenTo ??= end;
    this.saw(this.#newest);
    return this.#newest;
  }

  async #searchOn(client: EventStoreDBClient, from: From): Promise<bigint> {
    for await (const message of messages(client, oursAfter(from, this.#names), this.#connection.bounds.readMs)) {
      const event = ourEventIn(message, this.#names);
      if (event !== null) this.saw(event.position);
      const checkpoint = message.getCheckpoint();
      if (checkpoint !== undefined) this.sawAll(from, placeIn(checkpoint));
      if (message.hasCaughtUp()) return this.#newest;
    }
    throw new LogUnavailable('EventStoreDB ended the search for the newest event');
  }

  #passed(to: Place): void {
    if (this.#seenTo === null || isAfter(to, this.#seenTo)) this.#seenTo = to;
  }
}

/** The newest of our events; null: there is none. The server skips those of other writers. */
export async function newestOfOurs(
  client: EventStoreDBClient,
  names: StreamNames,
  readMs: number,
): Promise<RecordedEvent | null> {
  // Each log has this stream, with one event.
  const stillThere = async () => {
    for await (const _ of messages(client, ofStream(names.onServer(NAME_STREAM), 0, 1), readMs));
  };
  for await (const message of messages(client, oursBackwards(names), readMs, stillThere)) {
    const event = ourEventIn(message, names);
    if (event !== null) return event;
  }
  return null;
}

/** The place of an event or a checkpoint. */
export function placeIn(checkpoint: { getCommitPosition(): string; getPreparePosition(): string }): Place {
  return { commit: BigInt(checkpoint.getCommitPosition()), prepare: BigInt(checkpoint.getPreparePosition()) };
}

function isAfter(place: Place, other: From): boolean {
  if (other === 'start') return true;
  return place.commit > other.commit || (place.commit === other.commit && place.prepare > other.prepare);
}
