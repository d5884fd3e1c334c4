/** Somebody's work that waits for its turn. */
interface Waiting {
  readonly weight: number;
  readonly begin: () => void;
}

/** All that one party waits with, in the order in which it came. */
interface Line {
  readonly waiting: Waiting[];
  /** The weight of what it was let in with, counted on from the line that was served when this one formed. */
  served: number;
}

/**
 * A narrow place through which several parties (organizations) take turns. Whoever waits is let in by weight, not by number: next comes the
 * party that was served least. So one that floods waits for itself, and delays another by no more than what is inside already.
 */
export class Turns {
  readonly #capacity: number;
  readonly #lines = new Map<string, Line>();
  #inside = 0;
  #served = 0;

  /** @param capacity the weight that may be inside at once; heavier work goes in alone */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Does a party's work once it is its turn; gives what it gives. */
  async run<T>(party: string, weight: number, work: () => Promise<T>): Promise<T> {
    const leave = await this.enter(party, weight);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Waits for a party's turn; gives what ends it, to be called once. */
  async enter(party: string, weight: number): Promise<() => void> {
    if (this.#lines.size === 0 && this.#fits(weight)) this.#inside += weight;
    else await this.#wait(party, weight);
    return () => {
      this.#inside -= weight;
      this.#letIn();
    };
  }

  #fits(weight: number): boolean {
    return this.#inside === 0 || this.#inside + weight <= this.#capacity;
  }

  #wait(party: string, weight: number): Promise<void> {
    const line = this.#lines.get(party) ?? { waiting: [], served: this.#served };
    this.#lines.set(party, line);
    return new Promise((begin) => {
      line.waiting.push({ weight, begin });
    });
  }

  #letIn(): void {
    for (let next = this.#leastServed(); next !== null; next = this.#leastServed()) {
      const [party, line] = next;
      const { weight, begin } = line.waiting[0] as Waiting;
      if (!this.#fits(weight)) return;
      line.waiting.shift();
      this.#served = line.served;
      line.served += weight;
      if (line.waiting.length === 0) this.#lines.delete(party);
      this.#inside += weight;
      begin();
    }
  }

  #leastServed(): [string, Line] | null {
    let least: [string, Line] | null = null;
    for (const entry of this.#lines) if (least === null || entry[1].served < least[1].served) least = entry;
    return least;
  }
}
