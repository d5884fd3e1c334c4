import { detailsOf } from '../events/event-details.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { viewOf } from '../projections/fold.ts';
import { type FoldedEvent, foldStream, isUnseen } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import { pagesOfStream } from './log-pages.ts';
import { entryOf, type TimelineEntry, timelineOf } from './timeline.ts';

/**
 * The entries of some events of many streams, in the order given. Earlier events of their streams are read from the log.
 * @throws {LogUnavailable}
 */
export async function timelineFromLog(log: EventLog, events: readonly RecordedEvent[]): Promise<TimelineEntry[]> {
  const entries = new Map<string, TimelineEntry>();
  for (const ofStream of Map.groupBy(events, ({ stream }) => stream).values()) {
    for await (const entry of historyOf(log, ofStream)) entries.set(keyOf(entry.event), entry);
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

/**
 * The entries of these events of one stream. The events before them are read and forgotten page by page: a stream may have millions, as that
 * of a webhook has.
 */
async function* historyOf(log: EventLog, events: readonly RecordedEvent[]): AsyncGenerator<TimelineEntry> {
  const last = events.at(-1) as RecordedEvent;
  const view = viewOf(last.stream);
  if (last.revision === events.length - 1 || view === null) {
    yield* timelineOf(events);
    return;
  }
  const wanted = new Set(events.map(({ revision }) => revision));
  let before: Stored | null = null;
  let waitsFor: number | null = null;
  for await (const page of pagesOfStream(log, last.stream, new AbortController().signal)) {
    const ofPage: FoldedEvent<RecordedEvent>[] = foldStream(view, page, before, waitsFor);
    for (const folded of ofPage) {
      if (wanted.has(folded.event.revision)) yield entryOf(folded, before);
      if (isUnseen(folded.notFolded)) waitsFor ??= folded.event.revision;
      before = folded.stored;
    }
    if ((page.at(-1)?.revision ?? 0) >= last.revision) return;
  }
}
