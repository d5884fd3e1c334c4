import { Amounts } from './amounts.ts';
import { Line } from './line.ts';

/** A party that waits. */
interface Party {
  readonly line: Line;
  /** How often it was let in. It starts from the count of the party that was served when this one began to wait. */
  served: number;
}

/**
 * Lets parties (organizations) into a narrow place in turn: the party that was served least is next. So a party that floods waits for
 * itself, and delays others only by the work that is already inside.
 */
export class Turns {
  readonly #places: number;
  readonly #partysPlaces: number;
  readonly #longestWaitMs: number | null;
  readonly #waiting = new Map<string, Party>();
  readonly #insideOf = new Amounts();
  #inside = 0;
  #served = 0;

  /**
   * @param places how many may be inside at once
   * @param longestWaitMs the longest wait; null: no limit
   * @param partysPlaces how many of one party may be inside: if fewer than all, another party finds a place
   */
  constructor(places: number, longestWaitMs: number | null, partysPlaces = places) {
    this.#places = places;
    this.#partysPlaces = partysPlaces;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * Runs a party's work when it is its turn; gives its result.
   * @throws {Problem} 503 if the wait is too long
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
   * Waits for a party's turn; gives the function that ends it, to be called once.
   * @throws {Problem} 503 if the wait is too long
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
    return this.#inside < this.#places && this.#insideOf.of(party) < this.#partysPlaces;
  }

  #goIn(party: string): void {
    this.#inside += 1;
    this.#insideOf.add(party, 1);
  }

  #goOut(party: string): void {
    this.#inside -= 1;
    this.#insideOf.add(party, -1);
  }

  #wait(name: string): Promise<void> {
    const party = this.#waiting.get(name) ?? { line: new Line(), served: this.#served };
    this.#waiting.set(name, party);
    return party.line.wait(this.#longestWaitMs, () => this.#forgetIfGone(name, party));
  }

  #letNextIn(): void {
    const next = this.#leastServed();
    if (next === null) return;
    const [name, party] = next;
    this.#served = party.served;
    party.served += 1;
    this.#goIn(name);
    party.line.letGo();
    this.#forgetIfGone(name, party);
  }

  #forgetIfGone(name: string, { line }: Party): void {
    if (line.length === 0) this.#waiting.delete(name);
  }

  #leastServed(): [string, Party] | null {
    let least: [string, Party] | null = null;
    for (const entry of this.#waiting) {
      if (this.#hasPlace(entry[0]) && (least === null || entry[1].served < least[1].served)) least = entry;
    }
    return least;
  }
}
