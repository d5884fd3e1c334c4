import { decodeOrReason } from '../events/decode.ts';
import { detailsOf, type EventDetails } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { viewOf } from '../projections/fold.ts';
import { type FoldedEvent, foldStream } from '../projections/fold-stream.ts';
import type { Stored } from '../projections/queries.ts';
import { changesBetween, type FieldChange } from './view-changes.ts';

/** An event in the history of its stream. */
export interface TimelineEntry {
  readonly event: RecordedEvent;
  readonly details: EventDetails;
  /** The stream's view after the event; null if there is none. */
  readonly stored: Stored | null;
  /** What the event changed in the view. */
  readonly changes: readonly FieldChange[];
  /** Why this version cannot read the event or fold it into the view; null if it can. */
  readonly problem: string | null;
}

/** The history of one stream, whose events are given from the first on. */
export function timelineOf(events: readonly RecordedEvent[]): TimelineEntry[] {
  let before: Stored | null = null;
  return foldStream(viewOf(events[0]?.stream ?? ''), events).map((folded) => {
    const entry = entryOf(folded, before);
    before = folded.stored;
    return entry;
  });
}

/** An event in the history of its stream. @param before the view before it */
export function entryOf(
  { event, stored, notFolded }: FoldedEvent<RecordedEvent>,
  before: Stored | null,
): TimelineEntry {
  const changes = changesBetween(before?.view ?? null, stored?.view ?? null);
  return { event, details: detailsOf(event), stored, changes, problem: notFolded?.reason ?? null };
}

/** Why this version cannot read an event; null if it can. */
export function whyUnreadable(event: RecordedEvent): string | null {
  const decoded = decodeOrReason(event);
  return typeof decoded === 'string' ? decoded : null;
}
