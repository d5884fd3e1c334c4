import { tooManyRequests } from '../problem.ts';

/** How many requests of one caller may be under way at once: one caller must not take the whole service. */
const LIMIT = 512;

/** Counts what is under way for each caller. */
export class ConcurrencyLimit {
  readonly #underWay = new Map<string, number>();

  /**
   * Runs `work` as one of the caller's requests under way.
   * @throws {Problem} 429 where too many are
   */
  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    const underWay = this.#underWay.get(caller) ?? 0;
    if (underWay >= LIMIT) throw tooManyRequests(`Keep at most ${LIMIT} requests under way at once.`);
    this.#underWay.set(caller, underWay + 1);
    try {
      return await work();
    } finally {
      const left = (this.#underWay.get(caller) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(caller);
      else this.#underWay.set(caller, left);
    }
  }
}
