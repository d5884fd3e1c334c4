import { detailsOf } from '../events/event-details.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { viewOf } from '../projections/fold.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';

/**
 * The entries of some events of many streams, in the order given. Earlier events of their streams are read from the log.
 * @throws {LogUnavailable}
 */
export async function timelineFromLog(log: EventLog, events: readonly RecordedEvent[]): Promise<TimelineEntry[]> {
  const entries = new Map<string, TimelineEntry>();
  for (const ofStream of Map.groupBy(events, ({ stream }) => stream).values()) {
    for (const entry of timelineOf(await historyOf(log, ofStream))) entries.set(keyOf(entry.event), entry);
  }
  // A stream that was deleted in EventStoreDB has no history, but its events may still be in the log.
  return events.flatMap((event) => entries.get(keyOf(event)) ?? withoutHistory(event));
}

function withoutHistory(event: RecordedEvent): TimelineEntry[] {
  if (event.revision === 0) return timelineOf([event]);
  return [
    { event, details: detailsOf(event), stored: null, changes: [], problem: 'the events before it were deleted' },
  ];
}

function keyOf({ stream, revision }: RecordedEvent): string {
  return `${revision} of ${stream}`;
}

/** The events of one stream, from its first up to the last of those given. */
async function historyOf(log: EventLog, events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
  const last = events.at(-1) as RecordedEvent;
  if (last.revision === events.length - 1 || viewOf(last.stream) === null) return events;
  return log.readStream(last.stream, 0, last.revision + 1);
}
