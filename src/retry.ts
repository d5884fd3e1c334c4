import { setTimeout as sleep } from 'node:timers/promises';

/** When something is tried again. */
export interface Retry {
  /** Whether another try may help, after a pause of so many milliseconds. Any other error is thrown at once. */
  readonly when: (error: unknown, pauseMs: number) => boolean;
  /** How many tries there are at most; any number unless set. */
  readonly tries?: number;
  /** The time from the first try's beginning in which the last one may begin, in milliseconds; any time unless set. */
  readonly withinMs?: number;
  /** The pause after so many tries (from 1), in milliseconds; none unless set. */
  readonly pauseMs?: (tries: number) => number;
  /** Told of each failure after which there is another try, and of the pause before it. */
  readonly onFailure?: (error: unknown, pauseMs: number) => void;
  /** Ends the pauses, and so the tries. */
  readonly signal?: AbortSignal;
}

/**
 * Does `work`, which has to be safe to repeat, until it succeeds.
 * @param work is given the number of the try, from 1, and what to call once it has got further: then it counts as the first try
 * @throws what the last try threw
 */
export async function retry<T>(
  work: (tries: number, gotFurther: () => void) => Promise<T>,
  { when, tries: most = Number.POSITIVE_INFINITY, withinMs, pauseMs: pauseAfter, onFailure, signal }: Retry,
): Promise<T> {
  const deadlineMs = withinMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + withinMs;
  let tries = 0;
  const gotFurther = () => {
    tries = 1;
  };
  for (;;) {
    tries += 1;
    try {
      return await work(tries, gotFurther);
    } catch (error) {
      const pauseMs = pauseAfter?.(tries) ?? 0;
      const isOver = tries >= most || performance.now() + pauseMs > deadlineMs || signal?.aborted;
      if (isOver || !when(error, pauseMs)) throw error;
      onFailure?.(error, pauseMs);
      if (pauseAfter === undefined) continue;
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/** Pauses that double from the first one on up to the longest one, in milliseconds. */
export function doubling(firstMs: number, longestMs: number): (tries: number) => number {
  return (tries) => Math.min(firstMs * 2 ** (tries - 1), longestMs);
}
