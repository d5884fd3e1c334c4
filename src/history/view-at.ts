import { detailsOf, timeOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';

/** A place in the whole log, or a time in milliseconds since 1970. */
export type Place = { readonly position: bigint } | { readonly timeMs: number };

/** A point in the history of one stream: after this revision, place or time. */
export type Point = { readonly revision: number } | Place;

/**
 * The events of a stream that had happened at a point. For a time: all events before the first one that happened later. Clocks may
 * differ, but a view is folded in the stream's order.
 */
export function eventsUpTo(events: readonly RecordedEvent[], point: Point): readonly RecordedEvent[] {
  const end = events.findIndex((event) => isAfter(event, point));
  return end === -1 ? events : events.slice(0, end);
}

function isAfter(event: RecordedEvent, point: Point): boolean {
  if ('revision' in point) return event.revision > point.revision;
  if ('position' in point) return event.position > point.position;
  const timeMs = timeOf(detailsOf(event));
  // An event that does not say its time belongs to the event before it.
  return timeMs !== null && timeMs > point.timeMs;
}
