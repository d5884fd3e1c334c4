import { decodeOrReason } from '../../events/decode.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { evolveView, viewOf } from '../../projections/fold.ts';
import type { Stored } from '../../projections/read-model.ts';
import { reasonOf } from '../../reason-of.ts';
import type { Finding } from './finding.ts';

/** What a stream's events make of its view. */
export interface Folded {
  /** The view after each event, by revision, as far as the events can be folded; empty for a stream that no view is folded from. */
  readonly views: readonly Stored[];
  /** What is wrong with the events themselves, by revision. */
  readonly faults: readonly (Finding & { readonly revision: number })[];
}

/** Folds a stream's events from the first on. What cannot be folded is a fault, and so is each later event that cannot be read. */
export function foldEvents(stream: string, events: readonly RecordedEvent[]): Folded {
  const view = viewOf(stream);
  const views: Stored[] = [];
  const faults: (Finding & { revision: number })[] = [];
  events.forEach((event, index) => {
    const { revision } = event;
    const due = index === 0 ? 0 : (events[index - 1] as RecordedEvent).revision + 1;
    if (revision !== due) {
      faults.push({ stream, what: 'gap', revision, reason: `revision ${revision} comes where ${due} should` });
    }
    const decoded = decodeOrReason(event);
    if (typeof decoded === 'string') faults.push({ stream, what: 'undecodable', revision, reason: decoded });
    if (typeof decoded === 'string' || view === null || faults.length > 0) return;
    try {
      views.push(evolveView(view.kind, view.id, views.at(-1) ?? null, decoded));
    } catch (error) {
      faults.push({ stream, what: 'unfit', revision, reason: `event ${revision}: ${reasonOf(error)}` });
    }
  });
  return { views, faults };
}
