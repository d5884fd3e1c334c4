import { setTimeout as sleep } from 'node:timers/promises';
import { doubling, retry } from '../time/retry.ts';
import { LogUnavailable } from './errors.ts';
import type { EventLog } from './event-log.ts';

const PAUSES = doubling(100, 1_000);

const IS_BACK = 'The event log answers again.';

/**
 * The same log for a command that works for minutes. While the log is unavailable, each call is repeated, up to `forMs` after the outage
 * began. A follow continues after its last event. A repeated append is the same append, as it keeps its ids.
 * @param say is called once when an outage begins, and once when it is over
 */
export function patientLog(log: EventLog, forMs: number, say: (message: string) => void): EventLog {
  let troubleSince: number | null = null;
  let isClosed = false;

  const recovered = () => {
    if (troubleSince !== null) say(IS_BACK);
    troubleSince = null;
  };

  /** Whether a try after this pause is still in time. */
  const mayWait = (error: unknown, pauseMs: number) => {
    if (!(error instanceof LogUnavailable) || isClosed) return false;
    if (troubleSince === null) say(`${error.message}. Waiting for it, for up to ${forMs / 1000} s.`);
    troubleSince ??= performance.now();
    return performance.now() + pauseMs <= troubleSince + forMs;
  };

  async function patiently<T>(call: () => Promise<T>): Promise<T> {
    const result = await retry(call, { when: mayWait, pauseMs: PAUSES });
    recovered();
    return result;
  }

  return {
    id: log.id,
    restoration: log.restoration ?? null,
    hasDensePositions: log.hasDensePositions,
    append: (...append) => patiently(() => log.append(...append)),
    readStream: (...read) => patiently(() => log.readStream(...read)),
    readAll: (...read) => patiently(() => log.readAll(...read)),
    head: () => patiently(() => log.head()),
    newest: () => patiently(() => log.newest()),
    soundAfter: log.soundAfter && ((...damage) => patiently(async () => (await log.soundAfter?.(...damage)) ?? null)),
    eventAt: (position) => patiently(() => log.eventAt(position)),
    probe: () => patiently(() => log.probe()),
    async *follow(after, signal) {
      let last = after;
      let tries = 0;
      while (!signal.aborted) {
        tries += 1;
        try {
          for await (const page of log.follow(last, signal)) {
            recovered();
            tries = 1;
            yield page;
            last = page.at(-1)?.position ?? last;
          }
        } catch (error) {
          if (!mayWait(error, PAUSES(tries))) throw error;
          await sleep(PAUSES(tries), undefined, { signal }).catch(() => {});
        }
      }
    },
    close() {
      isClosed = true;
      return log.close();
    },
  };
}
