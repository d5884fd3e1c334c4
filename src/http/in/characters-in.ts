import type { RecordedEvent } from '../../events/event-log.ts';

/** How many characters the data of events have together: what is large in an event. */
export function charactersIn(events: readonly RecordedEvent[]): number {
  return events.reduce((sum, { data }) => sum + data.length, 0);
}
