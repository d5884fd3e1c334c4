import { codeOf } from '../../code-of.ts';
import { doubling, retry } from '../../retry.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** How trouble with the log is borne. */
export interface Patience {
  /** How long a log that is unavailable is tried again. */
  readonly forMs: number;
  /** Told once each time that trouble begins. */
  readonly onTrouble: () => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Does something again, with growing pauses, for as long as the log is unavailable.
 * @param work may be repeated: an append keeps its ids
 * @throws what `work` throws: at once where it is anything but `LogUnavailable`, else when patience is at its end
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
