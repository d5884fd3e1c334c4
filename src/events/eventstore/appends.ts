import pLimit from 'p-limit';
import { within } from '../../time/within.ts';
import { LogUnavailable, WrongExpectedRevision } from '../errors.ts';
import type { Appended, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { sendAppend } from './append-stream.ts';
import { asLogError, isHopeless } from './client-errors.ts';
import type { Connection } from './connection.ts';
import type { PartOfStream } from './read-stream.ts';
import { type ProposedMessage, proposed } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** In an outage hundreds of appends fail at once, and none of them finds anything. */
const LOOKS_AT_ONCE = 8;

/** At most so many appends are on their way to a slow server, so that they do not fill the memory. */
const APPENDS_AT_ONCE = 64;

/** So often an append is tried again behind events of other applications, if they write to its stream at the same time. */
const TRIES = 4;

/** Up to `limit` events of ours in a stream from a revision on. @throws {LogUnavailable | LogDamaged} */
export type ReadPart = (stream: string, from: number, limit: number) => Promise<PartOfStream>;

export interface AppendsParts {
  readonly connection: Connection;
  readonly names: StreamNames;
  readonly readPart: ReadPart;
  readonly onAppend: () => void;
}

/**
 * The port's `append`. While an append is under way, EventStoreDB drops a repeat of it without an answer. So a repeat is not sent meanwhile;
 * it gets the answer of the first. If no answer comes, the stream is read to see whether the events are there.
 *
 * What is expected is the last event of ours. If only events of other applications come after it, the append is made behind them: the server
 * is told the stream's real last revision, so nothing of ours can come between.
 */
export class Appends {
  readonly #connection: Connection;
  readonly #names: StreamNames;
  readonly #readPart: ReadPart;
  readonly #onAppend: () => void;
  readonly #places = pLimit(APPENDS_AT_ONCE);
  /** Appends without an answer yet. Repeats of one append have the same key. */
  readonly #underWay = new Map<string, Promise<Appended>>();
  #looking = 0;

  constructor({ connection, names, readPart, onAppend }: AppendsParts) {
    this.#connection = connection;
    this.#names = names;
    this.#readPart = readPart;
    this.#onAppend = onAppend;
  }

  /** As `append` of the port `EventLog`. If the revision is not the expected one only because of events of others, it goes on after these. */
  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    let last = expected;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#appendAt(stream, events, last);
      } catch (error) {
        const actual = error instanceof WrongExpectedRevision ? error.actual : null;
        if (expected === 'any' || actual === null || actual <= numberOf(expected) || tries === TRIES) throw error;
        const after = await this.#readAfter(stream, expected, events.length);
        const found = placeOf(events, after.events);
        if (found !== null) return found;
        if (after.events.length > 0 || after.foreign < actual - numberOf(expected)) throw error;
        last = actual;
      }
    }
  }

  async #appendAt(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
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
    const [event] = (await this.#readPart(stream, revision, 1)).events;
    if (event === undefined) throw new LogUnavailable('EventStoreDB does not give back what was appended');
    return { revision, position: event.position };
  }

  /** The place of the events if they are in the log by now; null if that is not known. An append that expects nothing may be anywhere. */
  async #look(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended | null> {
    if (expected === 'any' || this.#looking >= LOOKS_AT_ONCE) return null;
    this.#looking += 1;
    try {
      return placeOf(events, (await this.#readAfter(stream, expected, events.length)).events);
    } catch {
      return null;
    } finally {
      this.#looking -= 1;
    }
  }

  #readAfter(stream: string, revision: number | 'no_stream', limit: number): Promise<PartOfStream> {
    const { lookMs } = this.#connection.bounds;
    const reading = this.#readPart(stream, numberOf(revision) + 1, limit);
    return within(lookMs, reading, () => this.#connection.noAnswer(lookMs));
  }
}

function numberOf(expected: number | 'no_stream'): number {
  return expected === 'no_stream' ? -1 : expected;
}

/** The place of the last of these events; null if others are there, or none. */
function placeOf(events: readonly NewEvent[], there: readonly RecordedEvent[]): Appended | null {
  const last = there.at(-1);
  const areThere = events.every(({ id }, index) => there[index]?.id === id.toLowerCase());
  return areThere && last !== undefined ? { revision: last.revision, position: last.position } : null;
}
