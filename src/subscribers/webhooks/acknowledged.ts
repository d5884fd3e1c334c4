import type { Place } from '../place.ts';

/** An event on its way, as far as the watermark depends on it. */
export interface Pending {
  /** The place directly after the event. */
  readonly place: Place;
  /** It was acknowledged or given up. */
  isFinished: boolean;
}

/** Finds the place before which everything was acknowledged or given up, though deliveries finish in any order. */
export class Acknowledged {
  /** In the order of the log, from `#first` on. */
  #pending: Pending[] = [];
  #first = 0;
  #place: Place;
  #scanned: Place;

  /**
   * @param place the place as it is known from before
   * @param scanned every event up to here was added, or needs no delivery
   */
  constructor(place: Place, scanned: Place) {
    this.#place = place;
    this.#scanned = scanned;
  }

  /** Adds further events, and moves up to where all were added. */
  add(pending: readonly Pending[], scanned: Place): void {
    for (const each of pending) this.#pending.push(each);
    this.#scanned = scanned;
    this.#move();
  }

  /** It was delivered or given up. The place moves if all before it are finished, too. */
  finished(pending: Pending): void {
    pending.isFinished = true;
    this.#move();
  }

  get place(): Place {
    return this.#place;
  }

  /** The first event that is not finished; null: there is none. */
  get oldest(): Pending | null {
    return this.#pending[this.#first] ?? null;
  }

  #move(): void {
    let next = this.#pending[this.#first];
    while (next?.isFinished) {
      this.#place = next.place;
      this.#first += 1;
      next = this.#pending[this.#first];
    }
    if (next === undefined) {
      this.#pending = [];
      this.#first = 0;
      this.#place = this.#scanned;
    } else if (this.#first > 1_000) {
      this.#pending = this.#pending.slice(this.#first);
      this.#first = 0;
    }
  }
}
