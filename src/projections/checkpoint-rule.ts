import type { Batch, Checkpoint, LogPosition } from './projector-store.ts';

/** Why a follower's step may not be written over the stored checkpoint; null if it may. */
export function whyLost({ from, to }: NonNullable<Batch['checkpoint']>, stored: Checkpoint | null): string | null {
  if (stored === null) {
    return from === null
      ? null
      : `there is none, and the follower came from ${from.position}: the views were thrown away`;
  }
  if (stored.log !== to.log) return `it is of log ${stored.log}, the follower reads log ${to.log}`;
  if (isOfOtherEvent(to, stored)) {
    return `it is of event ${stored.event} at ${stored.position}, where the follower's log has event ${to.event}`;
  }
  if (from === null) return null;
  if (from.log !== stored.log) return `it is of log ${stored.log}, the follower came from log ${from.log}`;
  if (from.generation !== stored.generation) return 'it is of another read model than the one the follower wrote to';
  if (stored.position < from.position) return `it is at ${stored.position}, the follower came from ${from.position}`;
  return null;
}

/** Whether two logs with the same id have different events at this position. */
function isOfOtherEvent(one: LogPosition, other: LogPosition): boolean {
  if (one.event === undefined || other.event === undefined) return false;
  return one.position === other.position && one.event !== other.event;
}
