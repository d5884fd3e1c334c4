import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for something no longer than `timeoutMs`; it is not stopped by that.
 * @param timedOut the error that is thrown on time-out
 */
export async function within<T>(timeoutMs: number, awaited: Promise<T>, timedOut: () => Error): Promise<T> {
  const stop = new AbortController();
  const timeOut = sleep(timeoutMs, undefined, { signal: stop.signal }).then(() => {
    throw timedOut();
  });
  // One of the two loses the race, and what becomes of it concerns nobody.
  timeOut.catch(() => {});
  try {
    return await Promise.race([awaited, timeOut]);
  } finally {
    stop.abort();
  }
}
