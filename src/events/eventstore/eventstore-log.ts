import { type EventData, type RecordedEvent as StoredEvent, streamNameFilter } from '@eventstore/db-client';
import pLimit from 'p-limit';
import { within } from '../../within.ts';
import { LogUnavailable, WrongExpectedRevision } from '../errors.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { newId } from '../new-id.ts';
import { asLogError, isStreamNotFound } from './client-errors.ts';
import { APPEND_DEADLINE_MS, type Connection } from './connection.ts';
import { fromStored, toEventData } from './event-text.ts';
import { follow } from './follow.ts';
import { Newest } from './newest.ts';
import { isOurs, NAME_STREAM, OUR_STREAMS, placeOf, positionOf } from './our-events.ts';
import { collect } from './reads.ts';

/** An append is given up after this; with what else a POST does, that leaves it within 3 s. */
const APPEND_TIMEOUT_MS = 1_500;

/**
 * Appends in the client's hands at most. The client holds sixteen messages before its stream pushes back; one that waits behind that is
 * lost with an unhandled rejection, which ends the process, when the connection breaks.
 */
const APPENDS_AT_ONCE = 15;

/** What a probe expects of the stream that names the log, which has one event for ever. */
const NO_STREAM_GOES_SO_FAR = 2 ** 31 - 1;

/** A dead connection has been noticed by then, and its appends rejected. One that is still open was forgotten by the server. */
const FORGOTTEN_AFTER_MS = 15_000;

export interface EventStoreLogParts {
  readonly connection: Connection;
  readonly id: string;
  readonly warn: (message: string) => void;
  readonly onAppend?: () => void;
}

/** The port over EventStoreDB. Made by `openEventStoreLog`. */
export class EventStoreLog implements EventLog {
  readonly id: string;
  readonly hasDensePositions = false;
  readonly #connection: Connection;
  readonly #warn: (message: string) => void;
  readonly #onAppend: () => void;
  readonly #places = pLimit(APPENDS_AT_ONCE);
  readonly #newest = new Newest();
  readonly #appending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor({ connection, id, warn, onAppend = () => {} }: EventStoreLogParts) {
    this.#connection = connection;
    this.id = id;
    this.#warn = warn;
    this.#onAppend = onAppend;
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError('An append needs one event or more.');
    if (this.#isClosed) throw new LogUnavailable('it is closed');
    const appending = this.#append(stream, events.map(toEventData), expected);
    this.#appending.add(appending);
    try {
      return await appending;
    } catch (error) {
      throw asLogError(error, stream, expected);
    } finally {
      this.#appending.delete(appending);
    }
  }

  async readStream(stream: string, fromRevision = 0, limit = Number.MAX_SAFE_INTEGER): Promise<RecordedEvent[]> {
    if (limit <= 0) return [];
    const range = {
      fromRevision: BigInt(Math.max(0, fromRevision)),
      maxCount: Math.min(limit, Number.MAX_SAFE_INTEGER),
    };
    try {
      const read = await this.#connection.read((client) => collect(() => client.readStream(stream, range)));
      return eventsOf(read);
    } catch (error) {
      if (isStreamNotFound(error)) return [];
      throw asLogError(error, stream);
    }
  }

  async readAll(after: bigint, limit: number): Promise<RecordedEvent[]> {
    const end = await this.head();
    if (end <= after || limit <= 0) return [];
    try {
      const read = await this.#connection.read((client) => {
        let count = 0;
        // A read of the whole log has no filter in this client; a subscription has.
        const open = (alive: () => void) =>
          client.subscribeToAll({
            fromPosition: placeOf(after),
            filter: streamNameFilter({ prefixes: OUR_STREAMS, checkpointReached: alive }),
          });
        return collect(open, (resolved) => {
          if (isOurs(resolved)) count += 1;
          return count === limit || positionOf(resolved) >= end;
        });
      });
      return eventsOf(read.filter(isOurs));
    } catch (error) {
      throw asLogError(error, '$all');
    }
  }

  async head(): Promise<bigint> {
    try {
      return this.#newest.after(await this.#connection.read((client) => this.#newest.look(client)));
    } catch (error) {
      throw asLogError(error, '$all');
    }
  }

  async *follow(after: bigint, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void, void> {
    try {
      yield* this.#connection.subscribe((client) =>
        follow({ client, head: () => this.head(), warn: this.#warn }, after, signal),
      );
    } catch (error) {
      throw asLogError(error, '$all');
    }
  }

  async probe(): Promise<void> {
    const event = { id: newId(), type: 'NeverAppended', data: '{}', metadata: '{}' };
    try {
      await this.append(NAME_STREAM, [event], NO_STREAM_GOES_SO_FAR);
    } catch (error) {
      // The server refuses it by the way of every append: where it does that, it takes appends.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#appending);
    await this.#connection.close();
  }

  async #append(stream: string, data: EventData[], expected: ExpectedRevision): Promise<Appended> {
    const expectedRevision = typeof expected === 'number' ? BigInt(expected) : expected;
    // One message, however large: what is written in parts would take more than one of the places.
    const options = { expectedRevision, deadline: APPEND_DEADLINE_MS, batchAppendSize: Infinity };
    const givenUpAt = performance.now() + APPEND_TIMEOUT_MS;
    const appending = this.#places(() => {
      if (performance.now() > givenUpAt) throw new LogUnavailable('EventStoreDB is too slow for so many appends');
      this.#onAppend();
      return this.#connection.append((client) =>
        within(FORGOTTEN_AFTER_MS, client.appendToStream(stream, data, options), forgotten),
      );
    });
    const { nextExpectedRevision, position } = await within(APPEND_TIMEOUT_MS, appending, () =>
      this.#connection.noAnswer(APPEND_TIMEOUT_MS),
    );
    const revision = Number(nextExpectedRevision);
    if (position !== undefined) return { revision, position: position.commit };
    const [event] = await this.readStream(stream, revision, 1);
    return { revision, position: (event as RecordedEvent).position };
  }
}

/** None of ours, so that the client is replaced. */
function forgotten(): Error {
  return new Error(`it has not answered an append for ${FORGOTTEN_AFTER_MS} ms`);
}

function eventsOf(read: readonly { readonly event?: StoredEvent }[]): RecordedEvent[] {
  return read.flatMap(({ event }) => (event === undefined ? [] : [fromStored(event)]));
}
