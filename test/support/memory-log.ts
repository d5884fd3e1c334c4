import { EventEmitter, once } from 'node:events';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { Appended, EventLog, NewEvent, RecordedEvent } from '../../src/events/event-log.ts';

/** As the port promises. */
const LEVEL_EVERY_MS = 900;

/** A log in memory that counts its readings and can be away. */
export class MemoryLog implements EventLog {
  readonly id = '0d9fdc6b-0c5e-4a61-a5f6-95c58e6b2f41';
  readonly hasDensePositions = true;
  readonly events: RecordedEvent[] = [];
  readonly readings = { all: 0, ofStreams: 0, follows: 0 };
  readonly #news = new EventEmitter().setMaxListeners(0);
  #isAway = false;

  async append(stream: string, events: readonly NewEvent[]): Promise<Appended> {
    let revision = this.events.filter((event) => event.stream === stream).length;
    for (const event of events) {
      this.events.push({ ...event, stream, revision, position: BigInt(this.events.length + 1) });
      revision += 1;
    }
    this.#news.emit('news');
    return { revision: revision - 1, position: BigInt(this.events.length) };
  }

  /** From now on its calls fail, also those that wait; or work again. */
  setAway(isAway: boolean): void {
    this.#isAway = isAway;
    this.#news.emit('news');
  }

  async readStream(stream: string, from = 0, limit = Number.POSITIVE_INFINITY): Promise<RecordedEvent[]> {
    this.#assertThere();
    this.readings.ofStreams += 1;
    return this.events.filter((event) => event.stream === stream).slice(from, from + limit);
  }

  async readAll(after: bigint, limit: number, enoughCharacters = Number.POSITIVE_INFINITY): Promise<RecordedEvent[]> {
    this.#assertThere();
    this.readings.all += 1;
    const page: RecordedEvent[] = [];
    let characters = 0;
    for (const event of this.events.slice(Number(after), Number(after) + limit)) {
      page.push(event);
      characters += event.data.length + event.metadata.length;
      if (characters >= enoughCharacters) break;
    }
    return page;
  }

  async head(): Promise<bigint> {
    return BigInt(this.events.length);
  }

  async newest(): Promise<RecordedEvent | null> {
    this.#assertThere();
    return this.events.at(-1) ?? null;
  }

  async eventAt(position: bigint): Promise<RecordedEvent | null> {
    this.#assertThere();
    return this.events[Number(position) - 1] ?? null;
  }

  async *follow(after: bigint, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[]> {
    this.readings.follows += 1;
    let last = after;
    while (!signal.aborted) {
      this.#assertThere();
      const page = this.events.slice(Number(last), Number(last) + 500);
      last = page.at(-1)?.position ?? last;
      yield page;
      if (page.length > 0 || Number(last) < this.events.length || this.#isAway) continue;
      const soon = AbortSignal.any([signal, AbortSignal.timeout(LEVEL_EVERY_MS)]);
      await once(this.#news, 'news', { signal: soon }).catch(() => {});
    }
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}

  #assertThere(): void {
    if (this.#isAway) throw new LogUnavailable('the test says so');
  }
}
