import type { IncomingMessage } from 'node:http';
import { stopIfGone } from '../in/caller-gone.ts';
import { Turns } from './turns.ts';

/** Above so many bytes or characters, a request is large: what is done with it takes milliseconds. */
export const LARGE_BYTES = 65_536;

/** A large request that has not had its turn by then is told to come again. */
const LONGEST_WAIT_MS = 10_000;

/** After a large request the next one waits as long as that one took, but no longer than this. */
const LONGEST_REST_MS = 50;

/** One request's place among the large ones. */
export interface LargeTurn {
  /**
   * Called where a request turns out to be large, before more is done with it: waits for its turn. Called again, it does nothing.
   * @throws {Problem} the caller has gone meanwhile, or the turn did not come in time
   */
  enter(): Promise<void>;
  /** The same where so many bytes or characters are large. */
  enterIfLarge(size: number): Promise<void>;
  /** Lets the next one in; called once, at the end. */
  leave(): void;
}

/**
 * Large requests are worked on one at a time, organization by organization, and for half of the time at most: reading, parsing and
 * rendering a megabyte holds the event loop for milliseconds at each step, and all the others need it as well.
 */
export class LargeWork {
  readonly #turns = new Turns(1, LONGEST_WAIT_MS);

  /** The place of one request, which waits for nothing until it is said to be large. */
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
