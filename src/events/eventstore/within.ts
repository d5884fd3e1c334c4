import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '../errors.ts';

/**
 * Waits for something no longer than `timeoutMs`; it is not stopped by that.
 * @throws {LogUnavailable} on time-out
 */
export async function within<T>(timeoutMs: number, awaited: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timeOut = sleep(timeoutMs, undefined, { signal: stop.signal }).then(() => {
    throw new LogUnavailable(`EventStoreDB did not answer within ${timeoutMs} ms`);
  });
  // One of the two loses the race, and what becomes of it concerns nobody.
  timeOut.catch(() => {});
  try {
    return await Promise.race([awaited, timeOut]);
  } finally {
    stop.abort();
  }
}
