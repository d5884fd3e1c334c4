import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '../../events/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Pages } from '../../history/log-pages.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * The events after a position, until `signal` aborts. If the log goes away, the tail waits and then reads on after the last event.
 * @param onAway called once each time that the log goes away
 * @param onBack called when it can be read again
 */
export async function* tailOfLog(
  log: EventLog,
  after: bigint,
  signal: AbortSignal,
  onAway: (reason: LogUnavailable) => void,
  onBack: () => void,
): Pages {
  let last = after;
  let pauseMs = FIRST_PAUSE_MS;
  let isAway = false;
  while (!signal.aborted) {
    try {
      for await (const page of log.follow(last, signal)) {
        if (isAway) onBack();
        isAway = false;
        pauseMs = FIRST_PAUSE_MS;
        if (page.length > 0) yield page;
        last = page.at(-1)?.position ?? last;
      }
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      if (!isAway) onAway(error);
      isAway = true;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
}
