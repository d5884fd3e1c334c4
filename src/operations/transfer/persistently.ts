import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../code-of.ts';

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
export async function persistently<T>(work: () => Promise<T>, { forMs, onTrouble, signal }: Patience): Promise<T> {
  let deadlineMs: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'log_unavailable') throw error;
      if (deadlineMs === null) onTrouble();
      deadlineMs ??= performance.now() + forMs;
      if (performance.now() + pauseMs > deadlineMs || signal.aborted) throw error;
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
}
