import { setImmediate as nextTurn } from 'node:timers/promises';
import { detailsOf, timeOf } from '../../events/event-details.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { beginningOf, type Place, placeAfter } from '../place.ts';

/** Everything up to a place happened by a time. */
interface Mark {
  readonly place: Place;
  /** The latest time of all events up to there, in milliseconds since 1970. */
  readonly latestMs: number;
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** How much is between two marks, at first. */
const BETWEEN_EVENTS = 500;
const BETWEEN_CHARACTERS = 1_000_000;

/** If there are more marks, every second one is dropped. */
const MOST_MARKS = 10_000;

/** How long a look-up waits for marks up to the end of the log. */
const WAIT_MS = 2_000;

/**
 * Finds the place where a time begins. The times of events need not grow with their positions: an event of last year may be loaded today,
 * and clocks differ. So marks are kept of the latest time *up to* a place, which grows. They are made when they are first needed, page by
 * page. If they do not reach the end of the log yet, the found place is too early, never too late.
 */
export class TimeMarks {
  readonly #log: EventLog;
  readonly #inTurn: InTurn;
  readonly #waitMs: number;
  #marks: Mark[];
  #making: Promise<void> | null = null;

  /** @param inTurn reads when it is its turn, since this reads the whole log */
  constructor(log: EventLog, inTurn: InTurn = (work) => work(), waitMs = WAIT_MS) {
    this.#log = log;
    this.#inTurn = inTurn;
    this.#waitMs = waitMs;
    this.#marks = [{ place: beginningOf(log), latestMs: Number.NEGATIVE_INFINITY }];
  }

  /**
   * A place at or before the first event of this time or later.
   * @param timeMs milliseconds since 1970
   * @throws {LogUnavailable}
   */
  async placeBefore(timeMs: number): Promise<Place> {
    await this.#made();
    const { place } = this.#marks.findLast(({ latestMs }) => latestMs < timeMs) as Mark;
    return this.#exactly(place, timeMs);
  }

  /** Waits until there are marks up to the end of the log, or for a while. */
  async #made(): Promise<void> {
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    this.#making.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#waitMs);
    });
    await Promise.race([this.#making, enough]).finally(() => clearTimeout(timer));
  }

  async #make(): Promise<void> {
    for (;;) {
      const { place, latestMs } = this.#marks.at(-1) as Mark;
      const page = await this.#after(place);
      const last = page.at(-1);
      if (last === undefined) return;
      this.#marks.push({ place: placeAfter(this.#log, last), latestMs: Math.max(latestMs, latestOf(page)) });
      if (this.#marks.length > MOST_MARKS) this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
    }
  }

  #after({ position }: Place): Promise<RecordedEvent[]> {
    return this.#inTurn(async () => {
      // Other work needs the event loop: reading may wait for nothing.
      await nextTurn();
      return this.#log.readAll(position, BETWEEN_EVENTS, BETWEEN_CHARACTERS);
    });
  }

  /** The place directly before the first event of the time, if that is among the next events. */
  async #exactly(from: Place, timeMs: number): Promise<Place> {
    let place = from;
    for (const event of await this.#after(from)) {
      const eventMs = timeOf(detailsOf(event));
      if (eventMs !== null && eventMs >= timeMs) break;
      place = placeAfter(this.#log, event);
    }
    return place;
  }
}

/** An event that does not say its time does not count: no subscriber sees it. */
function latestOf(page: readonly RecordedEvent[]): number {
  return Math.max(...page.map((event) => timeOf(detailsOf(event)) ?? Number.NEGATIVE_INFINITY));
}
