/** In seconds. Longer waits count as this one: proxies cut connections that are idle for longer. */
const LONGEST_WAIT = 30;

/** The wait that a `Prefer` header asks for (RFC 7240), in whole seconds, at most 30; 0: none. Other preferences do not count. */
export function waitIn(prefer: string | string[] | undefined): number {
  for (const preference of String(prefer ?? '').split(',')) {
    const [, seconds] = /^wait\s?=\s?"?(\d{1,6})"?$/i.exec(preference.split(';', 1)[0]?.trim() ?? '') ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST_WAIT);
  }
  return 0;
}
