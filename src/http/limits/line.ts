import { overloaded } from '../out/problem.ts';

/** Those who wait, in the order in which they came. */
export class Line {
  readonly #waiting: (() => void)[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Waits to be let go.
   * @param longestMs who has waited for so long is told to come again; null: nobody is
   * @param onGivenUp called when somebody is
   * @throws {Problem} 503: its turn did not come in time
   */
  wait(longestMs: number | null, onGivenUp: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(letGo), 1);
        onGivenUp();
        reject(overloaded());
      };
      const timer = longestMs === null ? undefined : setTimeout(giveUp, longestMs).unref();
      const letGo = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(letGo);
    });
  }

  /** Lets the first one go. @returns whether there was one */
  letGo(): boolean {
    const first = this.#waiting.shift();
    first?.();
    return first !== undefined;
  }
}
