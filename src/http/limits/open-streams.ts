import type { ServerResponse } from 'node:http';
import { tooManyRequests } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** How many answers that last one caller may have open. */
const MOST_OF_ONE = 20;

/** The answers that last: streams, and long polls while they wait. */
export class OpenStreams {
  readonly #ofCaller = new Amounts();
  readonly #stopping = new AbortController();
  #count = 0;

  /** How many are open. */
  get open(): number {
    return this.#count;
  }

  /** Aborts when the service stops: they end then, and their readers go on elsewhere. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Counts an answer as one of the caller's until it is closed.
   * @throws {Problem} 429 if the caller has too many
   */
  enter(caller: string, response: ServerResponse): void {
    this.#open(caller);
    if (response.closed) this.#close(caller);
    else response.once('close', () => this.#close(caller));
  }

  /**
   * Counts a long poll as one of the caller's while it waits.
   * @throws {Problem} 429 if the caller has too many
   */
  async run<T>(caller: string, wait: () => Promise<T>): Promise<T> {
    this.#open(caller);
    try {
      return await wait();
    } finally {
      this.#close(caller);
    }
  }

  #open(caller: string): void {
    if (this.#ofCaller.of(caller) >= MOST_OF_ONE) {
      throw tooManyRequests(`Keep at most ${MOST_OF_ONE} streams and waiting requests open at once. Close one first.`);
    }
    this.#ofCaller.add(caller, 1);
    this.#count += 1;
  }

  #close(caller: string): void {
    this.#ofCaller.add(caller, -1);
    this.#count -= 1;
  }

  /** Ends all of them. */
  endAll(): void {
    this.#stopping.abort();
  }
}
