import { WrongExpectedRevision } from '../../../../src/events/errors.ts';
import type { EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../../../../src/events/event-log.ts';
import { type Naming, type Published, published } from '../../../../src/subscribers/cloud-event.ts';
import type { Feed, Reading, Stretch } from '../../../../src/subscribers/feed/feed.ts';
import { beginningOf, type Place, placeAfter } from '../../../../src/subscribers/place.ts';

export const NAMING: Naming = { typePrefix: 'import-api', origin: 'https://imports.example.com' };

/** How many events one reading looks at. */
const PAGE = 500;

/** A log in memory, and its feed. */
export class MemoryLog implements Feed {
  readonly id: string;
  readonly events: RecordedEvent[] = [];
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #waiting: (() => void)[] = [];
  /** Thrown by every read and append; null: it is there. */
  away: Error | null = null;
  readonly log: EventLog;

  constructor(id: string) {
    this.id = id;
    this.log = {
      id,
      hasDensePositions: true,
      append: async (stream, events, expected) => this.append(stream, events, expected),
      readStream: async (stream, from = 0, limit = Number.POSITIVE_INFINITY) => {
        if (this.away !== null) throw this.away;
        return this.events.filter((event) => event.stream === stream && event.revision >= from).slice(0, limit);
      },
      newest: async () => this.events.at(-1) ?? null,
      head: async () => BigInt(this.events.length),
    } as Partial<EventLog> as EventLog;
  }

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision) {
    if (this.away !== null) throw this.away;
    const last = this.events.findLast((event) => event.stream === stream)?.revision ?? -1;
    if (expected !== 'any' && expected !== (last === -1 ? 'no_stream' : last)) {
      throw new WrongExpectedRevision(stream, expected, last === -1 ? null : last);
    }
    const recorded = events.map((event, index) => ({
      ...event,
      stream,
      revision: last + 1 + index,
      position: BigInt(this.events.length + 1 + index),
    }));
    this.events.push(...recorded);
    for (const event of recorded) for (const listener of this.#listeners) listener(event);
    for (const wake of this.#waiting.splice(0)) wake();
    const { revision, position } = recorded.at(-1) as RecordedEvent;
    return { revision, position };
  }

  async read(after: Place, { scope, signal, waitMs }: Reading): Promise<Stretch> {
    if (this.away !== null) throw this.away;
    if (after.position >= BigInt(this.events.length) && waitMs > 0) await this.#news(signal);
    const page = this.events.slice(Number(after.position), Number(after.position) + PAGE);
    const last = page.at(-1);
    const events = page
      .map((event) => published(event, NAMING))
      .filter((event): event is Published => event !== null && (scope === null || event.organizationId === scope));
    return { events, to: last === undefined ? after : placeAfter(this, last), isLevel: page.length === 0 };
  }

  async end(): Promise<Place> {
    const last = this.events.at(-1);
    return last === undefined ? beginningOf(this) : placeAfter(this, last);
  }

  watch(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve());
      if (signal.aborted) resolve();
    });
  }
}
