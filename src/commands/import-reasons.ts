import type { ImportReason } from '../events/import-events.ts';
import { doubling } from '../time/retry.ts';

/**
 * What becomes of an import for a reason. `permanent`: it fails at once. `retried`: it is tried again later, and later each time.
 * `waits`: it waits for something else to be mended, uses up no attempt, and fails when its time is over.
 */
export type Course = 'permanent' | 'retried' | 'waits';

export const COURSE_OF: { readonly [R in ImportReason]: Course } = {
  source_missing: 'permanent',
  source_not_found: 'permanent',
  source_forbidden: 'permanent',
  source_too_large: 'permanent',
  source_unavailable: 'retried',
  not_an_image: 'permanent',
  image_damaged: 'permanent',
  // The file may have been replaced between the question for its checksum and its bytes.
  checksum_mismatch: 'retried',
  connection_missing: 'waits',
  connection_refused: 'waits',
  limit_exceeded: 'waits',
  blocked_address: 'permanent',
  too_many_redirects: 'permanent',
  credentials_gone: 'permanent',
  storage_unavailable: 'waits',
  worker_lost: 'retried',
};

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after the first attempt, the second, and so on; after more of them, as long as after the last. */
const DELAYS_MS = [10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS] as const;

/**
 * How long to wait where an attempt does not count: what is mended is tried soon. In a row, twice as long each time, up to 10 minutes: else
 * each import that waits for days would fill the log with thousands of events.
 */
const WAITS_MS = doubling(10 * SECOND_MS, 10 * MINUTE_MS);

/** Of a delay, so much more or less at most, so that what failed together is not tried together. */
const JITTER = 0.2;

/**
 * How long to wait before the next attempt, in milliseconds.
 * @param times how many attempts have counted, with this one; or how often in a row it waits, with this time
 * @param random from 0 to 1
 */
export function delayMs(course: Exclude<Course, 'permanent'>, times: number, random: number): number {
  const delayOf = (tries: number) => DELAYS_MS[Math.min(tries, DELAYS_MS.length) - 1] ?? WAITS_MS(1);
  const delay = course === 'waits' ? WAITS_MS(times) : delayOf(times);
  return Math.round(delay * (1 + JITTER * (2 * random - 1)));
}
