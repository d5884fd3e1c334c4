import { detailsOf, timeOf } from '../../events/event-details.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Checkpoint } from '../../projections/projector-store.ts';

/** Where positions do not count events, a lag is counted by reading them, up to this. */
export const COUNTED_LAG = 1_000;

/** Up to where a log is in the views. Views of another log are built anew from the beginning of this one. */
export function reachedIn(log: Pick<EventLog, 'id'>, checkpoint: Checkpoint | null): bigint {
  return checkpoint?.log === log.id ? checkpoint.position : 0n;
}

/** How many events there are after a position. @throws {LogUnavailable} */
export async function lagInEvents(log: EventLog, position: bigint, head: bigint): Promise<number> {
  if (head <= position) return 0;
  return log.hasDensePositions ? Number(head - position) : (await log.readAll(position, COUNTED_LAG)).length;
}

/** Since the first event after a position happened; 0 where there is none, null where the event does not tell. @throws {LogUnavailable} */
export async function lagInSeconds(log: EventLog, position: bigint, head: bigint): Promise<number | null> {
  const [first] = position < head ? await log.readAll(position, 1) : [];
  const sinceMs = first === undefined ? Date.now() : timeOf(detailsOf(first));
  return sinceMs === null ? null : Math.max(0, (Date.now() - sinceMs) / 1000);
}

/** How much of the log lies before a position, from 0 to 1; where positions do not count events, about. */
export function shareOf(position: bigint, head: bigint): number {
  return position >= head ? 1 : Number(position) / Number(head);
}
