import { decodeOrReason } from '../events/decode.ts';
import { detailsOf, type EventDetails } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { evolveView, viewOf } from '../projections/fold.ts';
import type { Stored } from '../projections/read-model.ts';
import { reasonOf } from '../reason-of.ts';
import { changesBetween, type FieldChange } from './view-changes.ts';

/** An event in the history of its stream. */
export interface TimelineEntry {
  readonly event: RecordedEvent;
  readonly details: EventDetails;
  /** The stream's view after the event; null where there is none. */
  readonly stored: Stored | null;
  /** What the event changed in the view. */
  readonly changes: readonly FieldChange[];
  /** Why this version cannot read the event, or cannot fold it into the view; null where it can. */
  readonly problem: string | null;
}

/** The history of one stream, whose events are given from the first on. As in the projector, none is folded behind one that could not be. */
export function timelineOf(events: readonly RecordedEvent[]): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let before: Stored | null = null;
  for (const event of events) {
    const { stored, problem } = after(before, event);
    const changes = changesBetween(before?.view ?? null, stored?.view ?? null);
    entries.push({ event, details: detailsOf(event), stored, changes, problem });
    before = stored;
  }
  return entries;
}

/** Why this version cannot read an event; null where it can. */
export function problemOf(event: RecordedEvent): string | null {
  const decoded = decodeOrReason(event);
  return typeof decoded === 'string' ? decoded : null;
}

function after(before: Stored | null, event: RecordedEvent): Pick<TimelineEntry, 'stored' | 'problem'> {
  const decoded = decodeOrReason(event);
  if (typeof decoded === 'string') return { stored: before, problem: decoded };
  const view = viewOf(event.stream);
  if (view === null) return { stored: null, problem: null };
  const due = (before?.revision ?? -1) + 1;
  if (event.revision !== due) return { stored: before, problem: `it waits for revision ${due} of its stream` };
  try {
    return { stored: evolveView(view.kind, view.id, before, decoded), problem: null };
  } catch (error) {
    return { stored: before, problem: reasonOf(error) };
  }
}
