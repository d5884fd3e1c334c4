import type { IncomingMessage } from 'node:http';
import { stopIfGone } from '../in/caller-gone.ts';
import { Turns } from './turns.ts';

/** A request with more bytes or characters is large: each step of its work takes milliseconds. */
export const LARGE_BYTES = 65_536;

/** The longest wait of a large request. After it, the request gets 503. */
const LONGEST_WAIT_MS = 10_000;

/** After a large request, the next one waits as long as that one took, but at most this long. */
const LONGEST_REST_MS = 50;

/** One request's place among the large ones. */
export interface LargeTurn {
  /**
   * Called before further work on a request that has turned out to be large: waits for its turn. A second call does nothing.
   * @throws {Problem} if the caller has gone meanwhile, or the wait is too long
   */
  enter(): Promise<void>;
  /** Calls `enter` if `size` bytes or characters are large. */
  enterIfLarge(size: number): Promise<void>;
  /** Lets the next request in. Called once, at the end. */
  leave(): void;
}

/**
 * Runs large requests one at a time, in turn by organization, for at most half of the time. To read, parse or render a megabyte holds
 * the event loop for milliseconds, and all other requests need it, too.
 */
export class LargeWork {
  readonly #turns = new Turns(1, LONGEST_WAIT_MS);

  /** The place of one request. It does not wait until `enter` is called. */
  of(organizationId: string, request: IncomingMessage): LargeTurn {
    let leave: (() => void) | null = null;
    let enteredAt = 0;
    const enter = async () => {
      if (leave !== null) return;
      leave = await this.#turns.enter(organizationId);
      enteredAt = performance.now();
      stopIfGone(request);
    };
    return {
      enter,
      enterIfLarge: async (size) => {
        if (size > LARGE_BYTES) await enter();
      },
      leave: () => {
        if (leave === null) return;
        setTimeout(leave, Math.min(performance.now() - enteredAt, LONGEST_REST_MS));
      },
    };
  }
}
