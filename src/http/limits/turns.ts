import { Amounts } from './amounts.ts';
import { Line } from './line.ts';

/** A party that waits. */
interface Party {
  readonly line: Line;
  /** How often it was let in, counted on from the party that was served when this one began to wait. */
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
  readonly #waiting = new Map<string, Party>();
  readonly #insideOf = new Amounts();
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
