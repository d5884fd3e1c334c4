import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Makes what is awaited before each of many steps, so that there are at most `rate` a second.
 * @param rate as fast as possible unless set
 * @param signal ends the waiting, without an error
 */
export function paceOf(rate: number | undefined, signal: AbortSignal): () => Promise<void> {
  const beganAtMs = performance.now();
  let steps = 0;
  return async () => {
    const dueInMs = rate === undefined ? 0 : beganAtMs + (steps * 1_000) / rate - performance.now();
    steps += 1;
    if (dueInMs > 0) await sleep(dueInMs, undefined, { signal }).catch(() => {});
  };
}
