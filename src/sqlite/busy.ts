import { isBusy } from './errors.ts';

const PAUSE_MS = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Repeats `work` while another connection holds the lock that it needs, for up to `timeoutMs`. It blocks the thread, so use it
 * in a worker or at start-up.
 *
 * SQLite's own busy handler waits up to 100 ms between two tries. A process that appends all the time releases the lock only
 * for microseconds, so another one would starve. With a try each millisecond it gets its turn.
 */
export function whileBusy<T>(work: () => T, timeoutMs: number): T {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    Atomics.wait(pause, 0, 0, PAUSE_MS);
  }
}
