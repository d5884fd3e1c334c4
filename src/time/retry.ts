import { setTimeout as sleep } from 'node:timers/promises';

/** When to try something again. */
export interface Retry {
  /** Whether another try, after this pause, may help. Any other error is thrown at once. */
  readonly when: (error: unknown, pauseMs: number) => boolean;
  /** How many tries there are at most; any number unless set. */
  readonly tries?: number;
  /** In milliseconds from the beginning of the first try: the last try begins within this time. No limit unless set. */
  readonly withinMs?: number;
  /** The pause after this number of tries (from 1), in milliseconds; none unless set. */
  readonly pauseMs?: (tries: number) => number;
  /** Is called with each failure before another try, and with the pause before that try. */
  readonly onFailure?: (error: unknown, pauseMs: number) => void;
  /** Ends the pauses, and so the tries. */
  readonly signal?: AbortSignal;
}

/**
 * Does `work`, which must be safe to repeat, until it succeeds.
 * @param work gets the number of the try, from 1, and a function to call after progress: then the count begins again
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

/** Pauses that double from the first up to the longest, in milliseconds. */
export function doubling(firstMs: number, longestMs: number): (tries: number) => number {
  return (tries) => Math.min(firstMs * 2 ** (tries - 1), longestMs);
}
