import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { isVisible, type Naming, organizationOf, type Published, published } from '../cloud-event.ts';
import type { Scope } from '../cursor.ts';
import { type Place, placeAfter } from '../place.ts';
import type { Stretch } from './feed.ts';

/** The most that is kept. A reader that is further behind reads the log itself. */
const MOST_EVENTS = 4_096;
const MOST_CHARACTERS = 8_000_000;

/** The most stretches that are kept for others who ask for the same. Callers choose where they begin. */
const MOST_STRETCHES = 256;

/** The most of one stretch. */
const STRETCH_EVENTS = 500;
const STRETCH_CHARACTERS = 1_000_000;

/** An event, and what subscribers see of it, which is made once for all of them, and only if one of them may see it. */
class Recent {
  readonly event: RecordedEvent;
  readonly organizationId: string | null;
  readonly #naming: Naming;
  #published: Published | null | undefined;

  constructor(event: RecordedEvent, naming: Naming) {
    this.event = event;
    this.organizationId = organizationOf(event);
    this.#naming = naming;
  }

  get characters(): number {
    return this.event.data.length + this.event.metadata.length;
  }

  get published(): Published | null {
    if (this.#published === undefined) {
      this.#published = this.organizationId === null ? null : published(this.event, this.#naming);
    }
    return this.#published;
  }
}

/** The newest events of the log, all of them from a place on. */
export class RecentEvents {
  readonly #log: Pick<EventLog, 'id'>;
  readonly #naming: Naming;
  #events: Recent[] = [];
  #characters = 0;
  #from: Place;
  #to: Place;
  /** Stretches that were asked for since the newest event came. Many readers ask for the same. */
  readonly #stretches = new Map<string, Stretch>();

  /** @param from the place from which on every event will be added */
  constructor(log: Pick<EventLog, 'id'>, naming: Naming, from: Place) {
    this.#log = log;
    this.#naming = naming;
    this.#from = from;
    this.#to = from;
  }

  /** The place after the newest event. */
  get to(): Place {
    return this.#to;
  }

  add(page: readonly RecordedEvent[]): void {
    this.#stretches.clear();
    for (const event of page) {
      const recent = new Recent(event, this.#naming);
      this.#events.push(recent);
      this.#characters += recent.characters;
    }
    const last = page.at(-1);
    if (last !== undefined) this.#to = placeAfter(this.#log, last);
    this.#drop();
  }

  /** What comes after a position; null if that was dropped already. */
  after(position: bigint, scope: Scope): Stretch | null {
    if (position < this.#from.position) return null;
    const key = `${position} ${scope}`;
    const known = this.#stretches.get(key);
    if (known !== undefined) return known;
    const stretch = this.#stretchAfter(position, scope);
    if (this.#stretches.size >= MOST_STRETCHES) this.#stretches.clear();
    this.#stretches.set(key, stretch);
    return stretch;
  }

  #stretchAfter(position: bigint, scope: Scope): Stretch {
    const events: Published[] = [];
    let [looked, characters] = [0, 0];
    for (let index = this.#indexAfter(position); index < this.#events.length; index += 1) {
      const recent = this.#events[index] as Recent;
      const isSeen = recent.organizationId !== null && (scope === null || scope === recent.organizationId);
      if (isSeen && recent.published !== null && isVisible(recent.published, scope)) {
        events.push(recent.published);
        characters += recent.characters;
      }
      looked += 1;
      if (looked < STRETCH_EVENTS && characters < STRETCH_CHARACTERS) continue;
      return { events, to: placeAfter(this.#log, recent.event), isLevel: recent.event.position === this.#to.position };
    }
    return { events, to: this.#to, isLevel: true };
  }

  /** The index of the first event after a position. */
  #indexAfter(position: bigint): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as Recent).event.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #drop(): void {
    if (this.#events.length <= MOST_EVENTS && this.#characters <= MOST_CHARACTERS) return;
    // Some more than needed, so that it is seldom done.
    let dropped = 0;
    while (dropped < this.#events.length - MOST_EVENTS / 2 || this.#characters > MOST_CHARACTERS / 2) {
      this.#characters -= (this.#events[dropped] as Recent).characters;
      dropped += 1;
    }
    this.#from = placeAfter(this.#log, (this.#events[dropped - 1] as Recent).event);
    this.#events = this.#events.slice(dropped);
  }
}
