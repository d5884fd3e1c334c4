import type { IncomingMessage, ServerResponse } from 'node:http';
import { signalOfGoing } from '../in/caller-gone.ts';
import { tooManyRequests } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** How many answers that last one caller may have open. */
const MOST_OF_ONE = 20;

/** The answers that last: streams, downloads and long polls. */
export class OpenStreams {
  readonly #ofCaller = new Amounts();
  readonly #open = new Set<AbortController>();
  #isStopping = false;

  /** The service stops. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How many are open. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * Counts an answer as one of the caller's until it is closed. Gives a signal that aborts when the caller has gone, and when the service
   * stops: the caller goes on elsewhere then.
   * @throws {Problem} 429 if the caller has too many
   */
  enter(caller: string, request: IncomingMessage, response: ServerResponse): AbortSignal {
    if (this.#ofCaller.of(caller) >= MOST_OF_ONE) {
      throw tooManyRequests(
        `Keep at most ${MOST_OF_ONE} streams, downloads and waiting requests open at once. Close one first.`,
      );
    }
    const ended = new AbortController();
    const end = () => ended.abort();
    const gone = signalOfGoing(request, response);
    gone.addEventListener('abort', end);
    if (gone.aborted || this.#isStopping) end();
    // One that is closed by now would never say so.
    if (response.closed) return ended.signal;
    this.#open.add(ended);
    this.#ofCaller.add(caller, 1);
    response.once('close', () => {
      this.#open.delete(ended);
      this.#ofCaller.add(caller, -1);
    });
    return ended.signal;
  }

  /** Ends all of them, and those that are still to come. */
  endAll(): void {
    this.#isStopping = true;
    for (const ended of this.#open) ended.abort();
  }
}
