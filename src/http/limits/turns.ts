import { unavailable } from '../problem.ts';

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
  readonly #longestWaitMs: number;
  readonly #lines = new Map<string, Line>();
  #inside = 0;
  #served = 0;

  /**
   * @param places how many may be inside at once
   * @param longestWaitMs who has waited for so long is told to come again
   */
  constructor(places: number, longestWaitMs: number) {
    this.#places = places;
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
    if (this.#inside < this.#places) this.#inside += 1;
    else await this.#wait(party);
    return () => {
      this.#inside -= 1;
      this.#letNextIn();
    };
  }

  /**
   * The same for work that may only begin: its place is free again in the next turn of the event loop.
   * @throws {Problem} 503: its turn did not come in time
   */
  async begin(party: string): Promise<void> {
    setImmediate(await this.enter(party));
  }

  #wait(party: string): Promise<void> {
    const line = this.#lines.get(party) ?? { waiting: [], served: this.#served };
    this.#lines.set(party, line);
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        line.waiting.splice(line.waiting.indexOf(begin), 1);
        if (line.waiting.length === 0) this.#lines.delete(party);
        reject(unavailable('overloaded', 'Too many requests wait for their turn. Try again.'));
      }, this.#longestWaitMs);
      const begin = () => {
        clearTimeout(giveUp);
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
    this.#inside += 1;
    begin();
  }

  #leastServed(): [string, Line] | null {
    let least: [string, Line] | null = null;
    for (const entry of this.#lines) if (least === null || entry[1].served < least[1].served) least = entry;
    return least;
  }
}
