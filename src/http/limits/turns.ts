import { overloaded } from '../problem.ts';

/** All that one party waits with, in the order in which it came. */
interface Line {
  readonly waiting: (() => void)[];
  /** How often it was let in, counted on from the line that was served when this one formed. */
  served: number;
}

/**
 * A narrow place through which several parties (organizations) take turns: next comes the party that was served least. So one that floods
 * waits for itself, and delays another by no more than what is inside already.
 */
export class Turns {
  readonly #places: number;
  readonly #partysPlaces: number;
  readonly #longestWaitMs: number | null;
  readonly #lines = new Map<string, Line>();
  readonly #insideOf = new Map<string, number>();
  #inside = 0;
  #served = 0;

  /**
   * @param places how many may be inside at once
   * @param longestWaitMs who has waited for so long is told to come again; null: nobody is
   * @param partysPlaces how many of one party: with fewer than all, another one finds a place
   */
  constructor(places: number, longestWaitMs: number | null, partysPlaces = places) {
    this.#places = places;
    this.#partysPlaces = partysPlaces;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * Does a party's work once it is its turn; gives what it gives.
   * @throws {Problem} 503: its turn did not come in time
   */
  async run<T>(party: string, work: () => Promise<T>): Promise<T> {
    const leave = await this.enter(party);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /**
   * Waits for a party's turn; gives what ends it, to be called once.
   * @throws {Problem} 503: its turn did not come in time
   */
  async enter(party: string): Promise<() => void> {
    if (this.#hasPlace(party)) this.#goIn(party);
    else await this.#wait(party);
    return () => {
      this.#goOut(party);
      this.#letNextIn();
    };
  }

  #hasPlace(party: string): boolean {
    return this.#inside < this.#places && (this.#insideOf.get(party) ?? 0) < this.#partysPlaces;
  }

  #goIn(party: string): void {
    this.#inside += 1;
    this.#insideOf.set(party, (this.#insideOf.get(party) ?? 0) + 1);
  }

  #goOut(party: string): void {
    this.#inside -= 1;
    const left = (this.#insideOf.get(party) ?? 1) - 1;
    if (left === 0) this.#insideOf.delete(party);
    else this.#insideOf.set(party, left);
  }

  #wait(party: string): Promise<void> {
    const line = this.#lines.get(party) ?? { waiting: [], served: this.#served };
    this.#lines.set(party, line);
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        line.waiting.splice(line.waiting.indexOf(begin), 1);
        if (line.waiting.length === 0) this.#lines.delete(party);
        reject(overloaded());
      };
      const timer = this.#longestWaitMs === null ? undefined : setTimeout(giveUp, this.#longestWaitMs);
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      line.waiting.push(begin);
    });
  }

  #letNextIn(): void {
    const next = this.#leastServed();
    if (next === null) return;
    const [party, line] = next;
    const begin = line.waiting.shift() as () => void;
    this.#served = line.served;
    line.served += 1;
    if (line.waiting.length === 0) this.#lines.delete(party);
    this.#goIn(party);
    begin();
  }

  #leastServed(): [string, Line] | null {
    let least: [string, Line] | null = null;
    for (const entry of this.#lines) {
      if (this.#hasPlace(entry[0]) && (least === null || entry[1].served < least[1].served)) least = entry;
    }
    return least;
  }
}
