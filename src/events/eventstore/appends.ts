import pLimit from 'p-limit';
import { within } from '../../within.ts';
import { LogUnavailable } from '../errors.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent } from '../event-log.ts';
import { sendAppend } from './append-stream.ts';
import { asLogError, isHopeless } from './client-errors.ts';
import type { Connection } from './connection.ts';
import { type ProposedMessage, proposed } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** In an outage hundreds of appends fail at once, and none of them finds anything. */
const LOOKS_AT_ONCE = 8;

/** At most so many appends are on their way to a slow server, so that they do not fill the memory. */
const APPENDS_AT_ONCE = 64;

export interface AppendsParts {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly readStream: EventLog['readStream'];
  readonly onAppend: () => void;
}

/**
 * The port's `append`. While an append is under way, EventStoreDB drops a repeat of it without an answer. So a repeat is not sent meanwhile;
 * it gets the answer of the first. If no answer comes, the stream is read to see whether the events are there.
 */
export class Appends {
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #readStream: EventLog['readStream'];
  readonly #onAppend: () => void;
  readonly #places = pLimit(APPENDS_AT_ONCE);
  /** Appends without an answer yet. Repeats of one append have the same key. */
  readonly #underWay = new Map<string, Promise<Appended>>();
  #looking = 0;

  constructor({ connection, names, readStream, onAppend }: AppendsParts) {
    this.#connection = connection;
    this.#names = names;
    this.#readStream = readStream;
    this.#onAppend = onAppend;
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const key = [stream, expected, ...events.map(({ id }) => id)].join();
    const { appendMs } = this.#connection.bounds;
    const answer = this.#underWay.get(key) ?? this.#begin(key, stream, events.map(proposed), expected);
    try {
      return await within(appendMs, answer, () => this.#connection.noAnswer(appendMs));
    } catch (thrown) {
      const error = asLogError(thrown, stream, expected);
      const isUnknown = error instanceof LogUnavailable && !isHopeless(error);
      const found = isUnknown ? await this.#look(stream, events, expected) : null;
      if (found === null) throw error;
      return found;
    }
  }

  #begin(key: string, stream: string, events: ProposedMessage[], expected: ExpectedRevision): Promise<Appended> {
    const answer = this.#send(stream, events, expected).finally(() => this.#underWay.delete(key));
    // Nobody may be waiting for it any more.
    answer.catch(() => {});
    this.#underWay.set(key, answer);
    return answer;
  }

  async #send(stream: string, events: ProposedMessage[], expected: ExpectedRevision): Promise<Appended> {
    const { appendMs, overMs } = this.#connection.bounds;
    const name = this.#names.onServer(stream);
    const givenUpAt = performance.now() + appendMs;
    const { revision, position } = await this.#places(() => {
      if (performance.now() > givenUpAt) throw new LogUnavailable('EventStoreDB is too slow for so many appends');
      this.#onAppend();
      return this.#connection.append((client) => sendAppend(client, name, events, expected, overMs));
    });
    if (position !== null) return { revision, position };
    const [event] = await this.#readStream(stream, revision, 1);
    if (event === undefined) throw new LogUnavailable('EventStoreDB does not give back what was appended');
    return { revision, position: event.position };
  }

  /** The place of the events if they are in the log by now; null if that is not known. An append that expects nothing may be anywhere. */
  async #look(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended | null> {
    if (expected === 'any' || this.#looking >= LOOKS_AT_ONCE) return null;
    const { lookMs } = this.#connection.bounds;
    this.#looking += 1;
    try {
      const first = expected === 'no_stream' ? 0 : expected + 1;
      const reading = this.#readStream(stream, first, events.length);
      const found = await within(lookMs, reading, () => this.#connection.noAnswer(lookMs));
      const areThere = events.every(({ id }, index) => found[index]?.id === id.toLowerCase());
      const last = found.at(-1);
      return areThere && last !== undefined ? { revision: last.revision, position: last.position } : null;
    } catch {
      return null;
    } finally {
      this.#looking -= 1;
    }
  }
}
