import { LogUnavailable, WrongExpectedRevision } from '../errors.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { newId } from '../new-id.ts';
import { Appends, type ReadPart } from './appends.ts';
import { messages } from './calls.ts';
import { asLogError } from './client-errors.ts';
import type { Connection } from './connection.ts';
import { ourEventAt } from './event-at.ts';
import { follow } from './follow.ts';
import { ForeignEvents } from './foreign-events.ts';
import { Head, newestOfOurs } from './head.ts';
import { hasOurForm } from './our-events.ts';
import { type PartOfStream, readOurs } from './read-stream.ts';
import { oursAfter } from './requests.ts';
import { ourEventIn } from './stored-event.ts';
import { NAME_STREAM, type StreamNames } from './stream-names.ts';

/** The revision that a probe expects of the stream that names the log. That stream has one event for ever. */
const NO_STREAM_GOES_SO_FAR = 2 ** 31 - 1;

export interface EventStoreLogParts {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly id: string;
  readonly restoration?: string | null;
  readonly warn: (message: string) => void;
  readonly onAppend?: () => void;
  readonly onForeign?: () => void;
}

/** The port over EventStoreDB. Made by `openEventStoreLog`. */
export class EventStoreLog implements EventLog {
  readonly id: string;
  readonly restoration: string | null;
  readonly hasDensePositions = false;
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #warn: (message: string) => void;
  readonly #head: Head;
  readonly #foreign: ForeignEvents;
  readonly #appends: Appends;
  readonly #appending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor({
    connection,
    names,
    id,
    restoration = null,
    warn,
    onAppend = () => {},
    onForeign = () => {},
  }: EventStoreLogParts) {
    this.#connection = connection;
    this.#names = names;
    this.id = id;
    this.restoration = restoration;
    this.#warn = warn;
    this.#head = new Head(connection, names);
    this.#foreign = new ForeignEvents(onForeign, warn);
    const readPart: ReadPart = (...read) => this.#readPart(...read);
    this.#appends = new Appends({ connection, names, readPart, onAppend });
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError('An append needs one event or more.');
    for (const { id, metadata } of events) {
      // Nobody would find it again.
      if (!hasOurForm(metadata)) throw new RangeError(`The metadata of event ${id} has no schema_version`);
    }
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
    const { events } = await this.#readPart(
      stream,
      Math.max(0, fromRevision),
      Math.min(limit, Number.MAX_SAFE_INTEGER),
    );
    return events;
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
          const event = ourEventIn(message, this.#names);
          if (event !== null && event.position > after) {
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

  eventAt(position: bigint): Promise<RecordedEvent | null> {
    return this.#reading('$all', () =>
      this.#connection.read((client) => ourEventAt(client, this.#names, position, this.#connection.bounds.readMs)),
    );
  }

  async *follow(after: bigint, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const { stalledMs } = this.#connection.bounds;
    const parts = { names: this.#names, head: this.#head, foreign: this.#foreign, warn: this.#warn, stalledMs };
    try {
      yield* this.#connection.subscribe((client) => follow({ ...parts, client }, after, signal));
    } catch (error) {
      throw asLogError(error, '$all');
    }
  }

  async probe(): Promise<void> {
    const event = { id: newId(), type: 'NeverAppended', data: '{}', metadata: '{"schema_version":1}' };
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

  #readPart(stream: string, from: number, limit: number): Promise<PartOfStream> {
    const { readMs } = this.#connection.bounds;
    const part = { stream, from, limit };
    return this.#reading(stream, () => this.#connection.read((client) => readOurs(client, this.#names, part, readMs)));
  }

  async #reading<T>(stream: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw asLogError(error, stream);
    }
  }
}
