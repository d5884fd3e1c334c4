import type { RecordedEvent } from '../../events/event-log.ts';

/** How many characters the data of the events have together. Only the data of an event can be large. */
export function charactersIn(events: readonly RecordedEvent[]): number {
  return events.reduce((sum, { data }) => sum + data.length, 0);
}
