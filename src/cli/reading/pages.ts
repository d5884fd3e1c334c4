import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';

export type Pages = AsyncGenerator<readonly RecordedEvent[], void, void>;

/** The whole log after a position, up to `end`, or until `signal` aborts. @throws {LogUnavailable} */
export async function* pagesOfLog(log: EventLog, after: bigint, end: bigint, signal: AbortSignal): Pages {
  if (after >= end) return;
  // Followed rather than read page by page: over one subscription where there are any.
  for await (const page of log.follow(after, signal)) {
    const last = page.at(-1)?.position ?? end;
    if (page.length > 0) yield last > end ? page.filter(({ position }) => position <= end) : page;
    if (last >= end) return;
  }
}

const STREAM_PAGE = 500;

/** One stream from its first event on, as it is now, or until `signal` aborts. @throws {LogUnavailable} */
export async function* pagesOfStream(log: EventLog, stream: string, signal: AbortSignal): Pages {
  let revision = 0;
  while (!signal.aborted) {
    const page = await log.readStream(stream, revision, STREAM_PAGE);
    if (page.length === 0) return;
    yield page;
    revision = (page.at(-1) as RecordedEvent).revision + 1;
  }
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * What comes after a position, until `signal` aborts. A log that goes away is waited for, and gone on with after the last event.
 * @param onAway told once each time that it goes
 * @param onBack told when it can be read again
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
