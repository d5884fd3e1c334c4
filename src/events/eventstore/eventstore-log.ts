import { LogUnavailable, WrongExpectedRevision } from '../errors.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { newId } from '../new-id.ts';
import { Appends } from './appends.ts';
import { messages } from './calls.ts';
import { asLogError } from './client-errors.ts';
import type { Connection } from './connection.ts';
import { follow } from './follow.ts';
import { Head, newestOfOurs } from './head.ts';
import { isEventOfOurs } from './our-events.ts';
import { ofStream, oursAfter } from './requests.ts';
import { eventIn } from './stored-event.ts';
import { NAME_STREAM, type StreamNames } from './stream-names.ts';

/** The revision that a probe expects of the stream that names the log. That stream has one event for ever. */
const NO_STREAM_GOES_SO_FAR = 2 ** 31 - 1;

export interface EventStoreLogParts {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly id: string;
  readonly warn: (message: string) => void;
  readonly onAppend?: () => void;
}

/** The port over EventStoreDB. Made by `openEventStoreLog`. */
export class EventStoreLog implements EventLog {
  readonly id: string;
  readonly hasDensePositions = false;
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #warn: (message: string) => void;
  readonly #head: Head;
  readonly #appends: Appends;
  readonly #appending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor({ connection, names, id, warn, onAppend = () => {} }: EventStoreLogParts) {
    this.#connection = connection;
    this.#names = names;
    this.id = id;
    this.#warn = warn;
    this.#head = new Head(connection, names);
    const readStream: EventLog['readStream'] = (...read) => this.readStream(...read);
    this.#appends = new Appends({ connection, names, readStream, onAppend });
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError('An append needs one event or more.');
    if (this.#isClosed) throw new LogUnavailable('it is closed');
    const appending = this.#appends.append(stream, events, expected);
    this.#appending.add(appending);
    try {
      const appended = await appending;
      this.#head.saw(appended.position);
      return appended;
    } finally {
      this.#appending.delete(appending);
    }
  }

  async readStream(stream: string, fromRevision = 0, limit = Number.MAX_SAFE_INTEGER): Promise<RecordedEvent[]> {
    if (limit <= 0) return [];
    const count = Math.min(limit, Number.MAX_SAFE_INTEGER);
    const request = ofStream(this.#names.onServer(stream), Math.max(0, fromRevision), count);
    const { readMs } = this.#connection.bounds;
    return this.#reading(stream, () =>
      this.#connection.read(async (client) => {
        const events: RecordedEvent[] = [];
        for await (const message of messages(client, request, readMs)) {
          const event = eventIn(message, this.#names);
          if (event !== null) events.push(event);
        }
        return events;
      }),
    );
  }

  async readAll(after: bigint, limit: number, enoughCharacters = Number.POSITIVE_INFINITY): Promise<RecordedEvent[]> {
    if (limit <= 0) return [];
    const { readMs } = this.#connection.bounds;
    return this.#reading('$all', () =>
      this.#connection.read(async (client) => {
        const request = oursAfter(this.#head.placeAfter(after), this.#names);
        const events: RecordedEvent[] = [];
        let characters = 0;
        for await (const message of messages(client, request, readMs)) {
          const event = eventIn(message, this.#names);
          if (event !== null && isEventOfOurs(event) && event.position > after) {
            events.push(event);
            characters += event.data.length + event.metadata.length;
          }
          if (events.length === limit || characters >= enoughCharacters || message.hasCaughtUp()) return events;
        }
        throw new LogUnavailable('EventStoreDB ended the reading');
      }),
    );
  }

  head(): Promise<bigint> {
    return this.#reading('$all', () => this.#head.find());
  }

  newest(): Promise<RecordedEvent | null> {
    return this.#reading('$all', () =>
      this.#connection.read((client) => newestOfOurs(client, this.#names, this.#connection.bounds.readMs)),
    );
  }

  async *follow(after: bigint, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const { stalledMs } = this.#connection.bounds;
    const parts = { names: this.#names, head: this.#head, warn: this.#warn, stalledMs };
    try {
      yield* this.#connection.subscribe((client) => follow({ ...parts, client }, after, signal));
    } catch (error) {
      throw asLogError(error, '$all');
    }
  }

  async probe(): Promise<void> {
    const event = { id: newId(), type: 'NeverAppended', data: '{}', metadata: '{}' };
    try {
      await this.append(NAME_STREAM, [event], NO_STREAM_GOES_SO_FAR);
    } catch (error) {
      // The server refused the probe as it would refuse any append with a wrong revision: so it takes appends.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#appending);
    await this.#connection.close();
  }

  async #reading<T>(stream: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw asLogError(error, stream);
    }
  }
}
