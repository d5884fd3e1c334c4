import { setTimeout as sleep } from 'node:timers/promises';
import type { RoundTrip } from './connected-client.ts';
import { isConflict } from './failures.ts';

const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 20;

/**
 * The round trip, done again where the server ended it because it met others': a write conflict, or a deadlock, as DocumentDB
 * tells of now and then where bulk writes overlap.
 */
export function untilNoConflict<T>(roundTrip: RoundTrip<T>): RoundTrip<T> {
  return async (database) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await roundTrip(database);
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error;
      }
      // Those who met are not to meet again.
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  };
}
