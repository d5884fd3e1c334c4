import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Appended, EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { News } from '../news.ts';
import type { HeldFile } from './file-header.ts';
import { follow } from './follow.ts';
import { OwnAppends } from './own-appends.ts';
import type { Reader } from './reader.ts';

/** So many damaged positions are looked at in one turn of the event loop: some milliseconds. */
const LOOKS_IN_A_TURN = 100n;

/** The reading half of the port, over one SQLite file: for commands that only read. */
export class EmbeddedLogForReading implements EventLog {
  readonly id: string;
  readonly hasDensePositions = true;
  protected readonly news = new News();
  protected readonly appends = new OwnAppends();
  readonly #reader: Reader;
  readonly #held: HeldFile;

  /** @param held the file, which is let go when this is closed */
  constructor(id: string, reader: Reader, held: HeldFile) {
    this.id = id;
    this.#reader = reader;
    this.#held = held;
  }

  append(_stream: string, _events: readonly NewEvent[], _expected: ExpectedRevision): Promise<Appended> {
    return Promise.reject(new Error('The log was opened for reading'));
  }

  probe(): Promise<void> {
    return Promise.reject(new Error('The log was opened for reading'));
  }

  readStream(stream: string, fromRevision = 0, limit = Number.POSITIVE_INFINITY): Promise<RecordedEvent[]> {
    const from = Math.max(0, fromRevision);
    return inPages(limit, (events, rest) => this.#reader.ofStream(stream, from + events.length, rest));
  }

  readAll(after: bigint, limit: number, enoughCharacters?: number): Promise<RecordedEvent[]> {
    const page = (events: RecordedEvent[], rest: number) => this.#reader.after(events.at(-1)?.position ?? after, rest);
    return inPages(limit, page, enoughCharacters);
  }

  async head(): Promise<bigint> {
    return BigInt(this.#reader.head());
  }

  async newest(): Promise<RecordedEvent | null> {
    return this.#reader.newest();
  }

  async soundAfter(position: bigint, end: bigint): Promise<bigint | null> {
    for (let from = position + 1n; from <= end; from += LOOKS_IN_A_TURN) {
      const until = from + LOOKS_IN_A_TURN - 1n;
      const sound = this.#reader.firstSound(from, until < end ? until : end);
      if (sound !== null) return sound;
      await nextTurn();
    }
    return null;
  }

  async eventAt(position: bigint): Promise<RecordedEvent | null> {
    return this.#reader.at(position);
  }

  follow(after: bigint, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]> {
    return follow(this.#reader, this.appends, this.news, after, signal);
  }

  async close(): Promise<void> {
    this.#reader.close();
    this.news.wakeAll();
    await this.closeWriter();
    this.#held.letGo();
  }

  /** The writer closes last: the last connection removes the write-ahead log, and a read-only one cannot. */
  protected async closeWriter(): Promise<void> {}
}

/** Reads page by page until the limit or the end. Between two pages other work on the event loop runs. */
async function inPages(
  limit: number,
  page: (events: RecordedEvent[], rest: number) => RecordedEvent[],
  enoughCharacters = Number.POSITIVE_INFINITY,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let characters = 0;
  while (events.length < limit && characters < enoughCharacters) {
    const more = page(events, limit - events.length);
    if (more.length === 0) break;
    events.push(...more);
    characters += more.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    if (events.length < limit) await nextTurn();
  }
  return events;
}
