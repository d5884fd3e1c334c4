import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { News } from '../../events/news.ts';
import { doubling, retry } from '../../time/retry.ts';
import { isVisible, type Naming, organizationOf, type Published, published } from '../cloud-event.ts';
import type { Scope } from '../cursor.ts';
import { endOf, type Place, placeAfter } from '../place.ts';
import type { Feed, Reading, Stretch } from './feed.ts';
import { RecentEvents } from './recent-events.ts';
import { nextOfSubject, SUBJECT_EVENTS } from './subject-events.ts';

const NONE: readonly Published[] = [];

/** How much a reader that is behind looks at in one turn. */
const TURN_EVENTS = 250;
const TURN_CHARACTERS = 500_000;

/** Other work gets the event loop after this time. */
const SLICE_MS = 5;

/** Events within this time of each other wake the readers once, since each of them costs a write. */
const GATHER_MS = 12;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export interface SharedFeedParts {
  readonly log: EventLog;
  readonly naming: Naming;
  /** Runs the work of a reader of an organization, or of all (null), when it is its turn. */
  readonly inTurn: <T>(scope: Scope, reader: string, work: () => Promise<T>) => Promise<T>;
  /** Is called with the reason when the log goes away, and each time that it is still away. */
  readonly onTrouble: (error: unknown) => void;
}

/** The feed of one node. It begins to follow the log when it is first asked, and keeps its newest events for all readers that are level. */
export class SharedFeed implements Feed {
  readonly #parts: SharedFeedParts;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  readonly #news = new News(GATHER_MS);
  #recent: Promise<RecentEvents> | null = null;
  #following: Promise<void> = Promise.resolve();
  #behind = 0;

  constructor(parts: SharedFeedParts) {
    this.#parts = parts;
  }

  /** How many readers read the log for themselves now, or wait for their turn. */
  get behind(): number {
    return this.#behind;
  }

  async read(after: Place, reading: Reading): Promise<Stretch> {
    const recent = await this.#begun();
    if (recent.to.position <= after.position && reading.waitMs > 0) {
      await this.#news.wait(reading.waitMs, reading.signal);
    }
    if (recent.to.position <= after.position) return { events: NONE, to: after, isLevel: true };
    return recent.after(after.position, reading.scope) ?? this.#catchUp(after, recent.to, reading);
  }

  async end(): Promise<Place> {
    return (await this.#begun()).to;
  }

  watch(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#begun().catch(() => {});
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#news.wakeAll();
    await this.#following;
  }

  /** The newest events, once there are any to begin with. If the log is away, the next call tries again. */
  #begun(): Promise<RecentEvents> {
    this.#recent ??= this.#begin().catch((error) => {
      this.#recent = null;
      throw error;
    });
    return this.#recent;
  }

  async #begin(): Promise<RecentEvents> {
    const { log, naming } = this.#parts;
    const recent = new RecentEvents(log, naming, await endOf(log));
    this.#following = this.#follow(recent);
    return recent;
  }

  async #follow(recent: RecentEvents): Promise<void> {
    const { log, onTrouble } = this.#parts;
    const { signal } = this.#stopping;
    const following = async (_tries: number, gotFurther: () => void) => {
      for await (const page of log.follow(recent.to.position, signal)) {
        gotFurther();
        if (page.length === 0) continue;
        recent.add(page);
        for (const listener of this.#listeners) page.forEach(listener);
        this.#news.announce();
      }
    };
    const pauseMs = doubling(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    await retry(following, { when: () => !signal.aborted, pauseMs, onFailure: onTrouble, signal }).catch(() => {});
  }

  /** For a reader that is behind: the next events of the log itself, when it is the reader's turn. */
  async #catchUp(after: Place, end: Place, reading: Reading): Promise<Stretch> {
    const { inTurn, onTrouble } = this.#parts;
    this.#behind += 1;
    try {
      return await inTurn(reading.scope, reading.reader, async () => {
        // Each turn begins in a turn of the event loop of its own: reading may wait for nothing.
        await nextTurn();
        if (reading.signal.aborted) return { events: NONE, to: after, isLevel: false };
        // What comes after the end is read next time.
        return reading.subject === undefined
          ? await this.#readLog(after, reading)
          : await this.#readSubject(reading.subject, after, end, reading);
      });
    } catch (error) {
      onTrouble(error);
      throw error;
    } finally {
      this.#behind -= 1;
    }
  }

  async #readLog(after: Place, { scope }: Reading): Promise<Stretch> {
    const { log } = this.#parts;
    const page = await log.readAll(after.position, TURN_EVENTS, TURN_CHARACTERS);
    const last = page.at(-1);
    // The next reading tells whether it is level.
    return {
      events: await this.#publishedOf(page, scope),
      to: last === undefined ? after : placeAfter(log, last),
      isLevel: false,
    };
  }

  async #readSubject(subject: string, after: Place, end: Place, { scope }: Reading): Promise<Stretch> {
    const { log } = this.#parts;
    const page = (await nextOfSubject(log, subject, after.position)).filter(({ position }) => position <= end.position);
    const last = page.at(-1);
    const isWhole = page.length < SUBJECT_EVENTS;
    return {
      events: await this.#publishedOf(page, scope),
      to: last === undefined || isWhole ? end : placeAfter(log, last),
      isLevel: false,
    };
  }

  async #publishedOf(page: readonly RecordedEvent[], scope: Scope): Promise<Published[]> {
    const events: Published[] = [];
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const event of page) {
      const organization = organizationOf(event);
      const isSeen = organization !== null && (scope === null || scope === organization);
      const seen = isSeen ? published(event, this.#parts.naming) : null;
      if (seen !== null && isVisible(seen, scope)) events.push(seen);
      if (performance.now() < sliceEndMs) continue;
      await nextTurn();
      sliceEndMs = performance.now() + SLICE_MS;
    }
    return events;
  }
}
