import { codeOf } from '../../errors/code-of.ts';
import { doubling, retry } from '../../time/retry.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** How long to wait for a log that is unavailable. */
export interface Patience {
  /** How long to try again. */
  readonly forMs: number;
  /** Is called once when an outage begins. */
  readonly onTrouble: () => void;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Does something again, with growing pauses, for as long as the log is unavailable.
 * @param work may be repeated: an append keeps its ids
 * @throws errors of `work`: `LogUnavailable` after `forMs`, any other error at once
 */
export function persistently<T>(work: () => Promise<T>, { forMs, onTrouble, signal }: Patience): Promise<T> {
  let deadlineMs: number | null = null;
  return retry(work, {
    when: (error, pauseMs) => {
      if (codeOf(error) !== 'log_unavailable') return false;
      if (deadlineMs === null) onTrouble();
      deadlineMs ??= performance.now() + forMs;
      return performance.now() + pauseMs <= deadlineMs;
    },
    pauseMs: doubling(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
    signal,
  });
}
