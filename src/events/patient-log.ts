import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from './errors.ts';
import type { EventLog } from './event-log.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** The log answers again. */
const IS_BACK = 'The event log answers again.';

/**
 * The same log for a command that works for minutes: while the log is unavailable each call is made again, up to `forMs` after the trouble
 * began, and what is followed goes on after its last event. A repeated append is the same append, as it keeps its ids.
 * @param say is told once each time that trouble begins, and when it is over
 */
export function patientLog(log: EventLog, forMs: number, say: (message: string) => void): EventLog {
  let troubleSince: number | null = null;
  let isClosed = false;

  const recovered = () => {
    if (troubleSince !== null) say(IS_BACK);
    troubleSince = null;
  };

  /** Waits before another try. @throws the error, where there should be none */
  const waitAfter = async (error: unknown, pauseMs: number, signal?: AbortSignal) => {
    if (!(error instanceof LogUnavailable) || isClosed) throw error;
    if (troubleSince === null) say(`${error.message}. Waiting for it, for up to ${forMs / 1000} s.`);
    troubleSince ??= performance.now();
    if (performance.now() + pauseMs > troubleSince + forMs) throw error;
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  };

  async function patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const result = await call();
        recovered();
        return result;
      } catch (error) {
        await waitAfter(error, pauseMs);
      }
    }
  }

  return {
    id: log.id,
    hasDensePositions: log.hasDensePositions,
    append: (...append) => patiently(() => log.append(...append)),
    readStream: (...read) => patiently(() => log.readStream(...read)),
    readAll: (...read) => patiently(() => log.readAll(...read)),
    head: () => patiently(() => log.head()),
    probe: () => patiently(() => log.probe()),
    async *follow(after, signal) {
      let last = after;
      let pauseMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        try {
          for await (const page of log.follow(last, signal)) {
            recovered();
            pauseMs = FIRST_PAUSE_MS;
            yield page;
            last = page.at(-1)?.position ?? last;
          }
        } catch (error) {
          await waitAfter(error, pauseMs, signal);
          pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
      }
    },
    close() {
      isClosed = true;
      return log.close();
    },
  };
}
