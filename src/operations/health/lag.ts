import { detailsOf, timeOf } from '../../events/event-details.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Checkpoint } from '../../projections/projector-store.ts';

/** In a log without dense positions, the events of a lag are read and counted, up to this many. */
export const COUNTED_LAG = 1_000;

/** The position up to which a log is in the views. Views of another log are built again from the beginning of this one. */
export function reachedIn(log: Pick<EventLog, 'id'>, checkpoint: Checkpoint | null): bigint {
  return checkpoint?.log === log.id ? checkpoint.position : 0n;
}

/** How many events there are after a position. @throws {LogUnavailable} */
export async function lagInEvents(log: EventLog, position: bigint, head: bigint): Promise<number> {
  if (head <= position) return 0;
  return log.hasDensePositions ? Number(head - position) : (await log.readAll(position, COUNTED_LAG)).length;
}

/** Seconds since the first event after a position; 0 if there is none, null if the event does not say its time. @throws {LogUnavailable} */
export async function lagInSeconds(log: EventLog, position: bigint, head: bigint): Promise<number | null> {
  const [first] = position < head ? await log.readAll(position, 1) : [];
  const sinceMs = first === undefined ? Date.now() : timeOf(detailsOf(first));
  return sinceMs === null ? null : Math.max(0, (Date.now() - sinceMs) / 1000);
}

/** The share of the log before a position, from 0 to 1. An estimate if positions are not dense. */
export function shareOf(position: bigint, head: bigint): number {
  return position >= head ? 1 : Number(position) / Number(head);
}
