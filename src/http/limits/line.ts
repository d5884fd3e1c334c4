import { overloaded } from '../out/problem.ts';

/** A queue: who came first goes first. */
export class Line {
  readonly #waiting: (() => void)[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Waits until `next` lets it go.
   * @param longestMs the longest wait; null: no limit
   * @param onGivenUp called if the wait is too long
   * @throws {Problem} 503 if the wait is too long
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
