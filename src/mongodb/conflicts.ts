import { retry } from '../time/retry.ts';
import type { RoundTrip } from './connected-client.ts';
import { isConflict } from './failures.ts';

const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 20;

/**
 * Repeats the round trip if it conflicts with others: the server reports a write conflict or, as DocumentDB does if bulk writes overlap,
 * a deadlock.
 */
export function untilNoConflict<T>(roundTrip: RoundTrip<T>): RoundTrip<T> {
  // Random, so that the same operations do not conflict again.
  const pauseMs = () => Math.random() * LONGEST_PAUSE_MS;
  return (database) => retry(() => roundTrip(database), { when: isConflict, tries: ATTEMPTS, pauseMs });
}
