import { detailsOf, timeOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';

/** A place in the whole log, or a time in milliseconds since 1970. */
export type Place = { readonly position: bigint } | { readonly timeMs: number };

/** A point in the life of one stream: after this revision, place or time. */
export type Point = { readonly revision: number } | Place;

/**
 * The events of a stream, from its first on, that had happened at a point. At a time that is all before the first one that happened later:
 * clocks may differ, but a view is folded in the stream's order.
 */
export function eventsUpTo(events: readonly RecordedEvent[], point: Point): readonly RecordedEvent[] {
  const end = events.findIndex((event) => isAfter(event, point));
  return end === -1 ? events : events.slice(0, end);
}

function isAfter(event: RecordedEvent, point: Point): boolean {
  if ('revision' in point) return event.revision > point.revision;
  if ('position' in point) return event.position > point.position;
  const timeMs = timeOf(detailsOf(event));
  // What does not tell its time belongs to what stands before it.
  return timeMs !== null && timeMs > point.timeMs;
}
