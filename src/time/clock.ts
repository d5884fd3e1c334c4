import { doubling } from './retry.ts';

/** Time, for what sends webhooks and performs imports. Tests have a clock of their own. */
export interface Clock {
  /** Milliseconds since 1970. It may be set. */
  now(): number;
  /** Milliseconds since some moment. It only grows, so waiting is measured on it. */
  elapsed(): number;
  /** Calls `work` once, after a time in milliseconds. Gives the function that prevents it. */
  after(ms: number, work: () => void): () => void;
}

/** The longest time that a timer of Node takes. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** The pauses between tries while a store is away, in milliseconds. */
export const PAUSES_MS = doubling(100, 5_000);

/** Resolves after a time, or as soon as the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** A time as it is recorded: UTC, ISO 8601 with milliseconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
