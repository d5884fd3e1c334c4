import { retry } from '../../retry.ts';
import type { RoundTrip } from './connected-client.ts';
import { isConflict } from './failures.ts';

const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 20;

/**
 * The round trip, done again where the server ended it because it met others': a write conflict, or a deadlock, as DocumentDB
 * tells of now and then where bulk writes overlap.
 */
export function untilNoConflict<T>(roundTrip: RoundTrip<T>): RoundTrip<T> {
  // Those who met are not to meet again.
  const pauseMs = () => Math.random() * LONGEST_PAUSE_MS;
  return (database) => retry(() => roundTrip(database), { when: isConflict, tries: ATTEMPTS, pauseMs });
}
