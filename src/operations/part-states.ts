import type { FollowerStatus } from '../projections/follower.ts';
import { reasonOf } from '../reason-of.ts';

/** A follower that has given no sign of life for so long is stuck: it gives one every second. */
const HEARTBEAT_LIMIT_SECONDS = 10;

/** What a part of the service answered. */
export interface PartAnswer<T> {
  /** `ok`, or why it did not answer. */
  readonly state: string;
  /** Null: it did not. */
  readonly answer: T | null;
}

export async function answerOf<T>(asking: Promise<T>): Promise<PartAnswer<T>> {
  try {
    return { state: 'ok', answer: await asking };
  } catch (error) {
    return { state: reasonOf(error), answer: null };
  }
}

/** `ok`, or how the projector is instead. */
export function projectorState({ failure, heartbeatAgeSeconds, caughtUp }: FollowerStatus): string {
  if (failure !== null) return failure;
  if (heartbeatAgeSeconds > HEARTBEAT_LIMIT_SECONDS) return 'no heartbeat';
  return caughtUp ? 'ok' : 'catching up';
}
