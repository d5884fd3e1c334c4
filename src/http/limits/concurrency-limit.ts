import { tooManyRequests } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** Counts what each party has under way, so that one party does not take the whole service. */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #what: string;
  readonly #underWay = new Amounts();

  /**
   * @param limit how much of one party may be under way at once
   * @param what it is, as the party is told: "requests"
   */
  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  /**
   * Runs `work` as one thing of the party under way.
   * @throws {Problem} 429 if there are too many
   */
  async run<T>(party: string, work: () => Promise<T>): Promise<T> {
    if (this.#underWay.of(party) >= this.#limit) {
      throw tooManyRequests(`Keep at most ${this.#limit} ${this.#what} under way at once.`);
    }
    this.#underWay.add(party, 1);
    try {
      return await work();
    } finally {
      this.#underWay.add(party, -1);
    }
  }
}
