import { LogDamaged } from '../events/errors.ts';
import { detailsOf } from '../events/event-details.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { viewOf } from '../projections/fold.ts';
import { foldStream, isUnseen } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import { pagesOfStream } from './log-pages.ts';
import { entryOf, type TimelineEntry, timelineOf } from './timeline.ts';

/** How far a stream was folded. */
interface Folded {
  readonly stored: Stored | null;
  /** The revision of its first event that could not be folded. */
  readonly waitsFor: number | null;
  readonly next: number;
}

/** Where long streams were left, for the next call with later events. It holds few: the others are read from the beginning again. */
export type FoldedStreams = Map<string, Folded>;

const MOST_STREAMS = 50;
/** A stream with fewer events is read at once. */
const LONG = 500;

const BEGINNING: Folded = { stored: null, waitsFor: null, next: 0 };

/**
 * The entries of some events of many streams, in the order given. Earlier events of their streams are read from the log.
 * @param streams of earlier calls, whose events came before these
 * @throws {LogUnavailable}
 */
export async function timelineFromLog(
  log: EventLog,
  events: readonly RecordedEvent[],
  streams: FoldedStreams = new Map(),
): Promise<TimelineEntry[]> {
  const entries = new Map<string, TimelineEntry>();
  const damaged = new Set<string>();
  for (const [stream, ofStream] of Map.groupBy(events, (event) => event.stream)) {
    try {
      for await (const entry of historyOf(log, ofStream, streams)) entries.set(keyOf(entry.event), entry);
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      damaged.add(stream);
    }
  }
  // A stream that was deleted in EventStoreDB has no history, but its events may still be in the log.
  return events.flatMap(
    (event) =>
      entries.get(keyOf(event)) ?? withoutHistory(event, damaged.has(event.stream) ? 'are damaged' : 'were deleted'),
  );
}

function withoutHistory(event: RecordedEvent, why: string): TimelineEntry[] {
  if (event.revision === 0) return timelineOf([event]);
  return [{ event, details: detailsOf(event), stored: null, changes: [], problem: `the events before it ${why}` }];
}

function keyOf({ stream, revision }: RecordedEvent): string {
  return `${revision} of ${stream}`;
}

/**
 * The entries of these events of one stream. The events before them are read and forgotten page by page: a stream may have millions, as that
 * of a webhook has.
 */
async function* historyOf(
  log: EventLog,
  events: readonly RecordedEvent[],
  streams: FoldedStreams,
): AsyncGenerator<TimelineEntry> {
  const { stream, revision: lastRevision } = events.at(-1) as RecordedEvent;
  const view = viewOf(stream);
  if (view === null) {
    yield* timelineOf(events);
    return;
  }
  const wanted = new Set(events.map(({ revision }) => revision));
  let { stored, waitsFor, next } = streams.get(stream) ?? BEGINNING;
  const areAll = lastRevision - next === events.length - 1;
  const pages = areAll ? [events] : pagesOfStream(log, stream, new AbortController().signal, next);
  for await (const page of pages) {
    const due = page.filter(({ revision }) => revision <= lastRevision);
    for (const folded of foldStream(view, due, stored, waitsFor)) {
      const { event, notFolded } = folded;
      if (wanted.has(event.revision)) yield entryOf(folded, stored);
      if (isUnseen(notFolded)) waitsFor ??= event.revision;
      stored = folded.stored;
      next = event.revision + 1;
    }
    if (next > lastRevision) break;
  }
  if (next >= LONG) keep(streams, stream, { stored, waitsFor, next });
}

/** Forgets the stream that was asked for the longest ago if there are too many. */
function keep(streams: FoldedStreams, stream: string, folded: Folded): void {
  streams.delete(stream);
  streams.set(stream, folded);
  const [oldest] = streams.keys();
  if (streams.size > MOST_STREAMS && oldest !== undefined) streams.delete(oldest);
}
