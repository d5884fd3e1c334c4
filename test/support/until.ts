import { setTimeout as sleep } from 'node:timers/promises';

/** Often at first. Later less so: what is waited for may need the processor that looking takes. */
const pauseMs = (waitedMs: number) => Math.min(50, Math.max(10, waitedMs / 20));

/**
 * Waits until `condition` gives a value other than false, null or undefined, and gives that value.
 * @throws after `withinMs`, with the name of the condition
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<Exclude<T, false | null | undefined>> {
  const began = Date.now();
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    const waitedMs = Date.now() - began;
    if (waitedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(pauseMs(waitedMs));
  }
}
