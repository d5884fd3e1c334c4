const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The pause after each try. After the last of these, it stays the same. */
const PAUSES_MS = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/** Pauses are so much longer or shorter at random, so that what failed together is not tried together. */
const JITTER = 0.1;

const LONGEST_RETRY_AFTER_MS = 10 * HOUR;

/** A delivery is given up so long after its first try. */
const TRIED_FOR_MS = 3 * DAY;

/** An endpoint that nothing reached for so long is disabled. */
const DISABLED_AFTER_MS = 5 * DAY;

/** After so long without an attempt, an endpoint was quiet: nobody knows whether it failed all the time. It is longer than the longest pause. */
const QUIET_MS = 12 * HOUR;

/** What is known after a failed try. */
export interface FailedTry {
  /** How many there were, this one included. */
  readonly tries: number;
  /** When the first one was, in milliseconds since 1970. */
  readonly firstTriedAtMs: number;
  /** When this one ended. */
  readonly nowMs: number;
  /** How long the receiver asked to wait; null: it did not. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1. */
  readonly random: number;
}

/** How long to wait before the next try, in milliseconds; null: the delivery is given up. */
export function pauseBeforeNextTry({ tries, firstTriedAtMs, nowMs, retryAfterMs, random }: FailedTry): number | null {
  const usualMs = PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1] as number;
  const jitteredMs = usualMs * (1 + JITTER * (2 * random - 1));
  const pauseMs = Math.round(Math.max(jitteredMs, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
  return nowMs + pauseMs > firstTriedAtMs + TRIED_FOR_MS ? null : pauseMs;
}

/** The failures of an endpoint without a success between them. */
export interface Failing {
  readonly failures: number;
  /** When they began, in milliseconds since 1970; null: there are none. */
  readonly sinceMs: number | null;
  /** When the last attempt was; null: never. */
  readonly lastTriedAtMs: number | null;
}

/** The same after one more failure. A quiet endpoint begins anew: nothing tells that it failed while nothing was sent. */
export function afterFailure({ failures, sinceMs, lastTriedAtMs }: Failing, nowMs: number): Failing {
  const isAnew = sinceMs === null || lastTriedAtMs === null || nowMs - lastTriedAtMs > QUIET_MS;
  return { failures: isAnew ? 1 : failures + 1, sinceMs: isAnew ? nowMs : sinceMs, lastTriedAtMs: nowMs };
}

/** Whether the failures have lasted so long that the endpoint is disabled. */
export function isHopeless({ sinceMs }: Failing, nowMs: number): boolean {
  return sinceMs !== null && nowMs - sinceMs >= DISABLED_AFTER_MS;
}

/** What `Retry-After` asks for, in milliseconds; null: there is none, or it is neither seconds nor a date. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | null {
  if (typeof header !== 'string') return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND;
  const atMs = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
