import { tooManyRequests } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** How many requests of one caller may be under way at once, so that one caller does not take the whole service. */
const LIMIT = 512;

/** Counts the requests under way of each caller. */
export class ConcurrencyLimit {
  readonly #underWay = new Amounts();

  /**
   * Runs `work` as one of the caller's requests under way.
   * @throws {Problem} 429 if there are too many
   */
  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    if (this.#underWay.of(caller) >= LIMIT) throw tooManyRequests(`Keep at most ${LIMIT} requests under way at once.`);
    this.#underWay.add(caller, 1);
    try {
      return await work();
    } finally {
      this.#underWay.add(caller, -1);
    }
  }
}
