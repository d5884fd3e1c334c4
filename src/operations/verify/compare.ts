import type { RecordedEvent } from '../../events/event-log.ts';
import { changesBetween } from '../../history/view-changes.ts';
import type { ViewOfStream } from '../../projections/fold.ts';
import { type FoldedEvent, foldStream, isUnseen } from '../../projections/fold-stream.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import type { Stored, Unreadable } from '../../projections/queries.ts';
import type { Finding } from './finding.ts';

/** All that is known of one stream. The views were read before the events, so that the events reach at least as far. */
export interface Subject {
  readonly stream: string;
  /** All events, from the first. */
  readonly events: readonly RecordedEvent[];
  /** Every view that is folded from the stream, its own first. `stored` is null if the view is not there. */
  readonly views: readonly ComparedView[];
  /** The first of its events that is in the quarantine. */
  readonly quarantined: QuarantinedEvent | null;
  /** Events up to this position must be in the views. Later ones may still be on their way. */
  readonly checkpoint: bigint;
  /** Whether revisions may be missing, because another application may write to the stream. */
  readonly mayLackRevisions: boolean;
}

export interface ComparedView extends ViewOfStream {
  readonly stored: Stored | Unreadable | null;
}

/** How the log and the read model differ in one stream. */
export function compare(subject: Subject): Finding[] {
  const { stream, events, views, quarantined, mayLackRevisions } = subject;
  const waitsFrom = quarantined?.revision ?? Number.POSITIVE_INFINITY;
  const folded = foldStream(views[0] ?? null, events);
  const findings = folded
    .filter(({ event }) => event.revision < waitsFrom)
    .flatMap((each, index) => [
      ...(mayLackRevisions ? [] : gapBefore(each.event, folded[index - 1]?.event)),
      ...faultsOf(each),
    ]);
  for (const view of views) {
    const ofView = compareView(subject, view);
    // In a stream with several views, a finding names the view if it is not the stream's own.
    const isOwn = view === views[0];
    findings.push(...(isOwn ? ofView : ofView.map((finding) => namedAfter(view.kind, finding))));
  }
  const isReadable = ({ stored }: ComparedView) => stored === null || 'revision' in stored;
  const reached = Math.min(
    ...views.map(({ stored }) => (stored !== null && 'revision' in stored ? stored.revision : -1)),
  );
  if (quarantined !== null && views.every(isReadable) && waitsFrom > reached) {
    findings.push({ stream, what: 'quarantined', reason: `from revision ${waitsFrom} on: ${quarantined.reason}` });
  }
  return findings;
}

function namedAfter(kind: string, { compared, ...finding }: Finding): Finding {
  return compared === undefined
    ? { ...finding, reason: `${kind}: ${finding.reason}` }
    : { ...finding, compared: { ...compared, field: `${kind}.${compared.field}` } };
}

function gapBefore({ stream, revision }: RecordedEvent, previous: RecordedEvent | undefined): Finding[] {
  const due = (previous?.revision ?? -1) + 1;
  return revision === due ? [] : [{ stream, what: 'gap', reason: `revision ${revision} comes instead of ${due}` }];
}

/** What is wrong with the content of an event. */
function faultsOf({ event: { stream, revision }, notFolded }: FoldedEvent<RecordedEvent>): Finding[] {
  const faults: Finding[] = [];
  if (notFolded?.what === 'undecodable') faults.push({ stream, what: 'undecodable', reason: notFolded.reason });
  if (notFolded?.what === 'unfit')
    faults.push({ stream, what: 'unfit', reason: `event ${revision}: ${notFolded.reason}` });
  return faults;
}

function compareView(subject: Subject, view: ComparedView): Finding[] {
  const { stream, events } = subject;
  const { stored } = view;
  if (stored !== null && 'unreadable' in stored) return [{ stream, what: 'unreadable', reason: stored.unreadable }];
  // The view in the log after each revision.
  const seen = foldStream(view, events).filter(({ notFolded }) => !isUnseen(notFolded));
  const inLog = new Map(seen.map((folded) => [folded.event.revision, folded.stored]));
  const last = events.at(-1)?.revision ?? null;
  const due = dueRevision(subject, inLog);
  if (stored === null) return due === null ? [] : [ofRevision(stream, 'missing', due, null)];
  const { revision } = stored;
  if (last === null) return [ofRevision(stream, 'extra', null, revision)];
  if (revision > last) return [ofRevision(stream, 'ahead', last, revision)];
  if (due !== null && revision < due) return [ofRevision(stream, 'behind', due, revision)];
  const then = inLog.get(revision) ?? null;
  // A newer release, which can read more events, may have folded further. This release cannot judge that.
  if (then === null) return [];
  return changesBetween(stored.view, then.view).map(({ field, before, after }) => ({
    stream,
    what: 'different',
    compared: { field, inLog: after, inReadModel: before },
  }));
}

/** The revision that the view must have reached; null if there need be no view yet. */
function dueRevision(
  { events, quarantined, checkpoint }: Subject,
  inLog: ReadonlyMap<number, Stored | null>,
): number | null {
  const due = events.findLast(
    ({ position, revision }) =>
      position <= checkpoint && inLog.get(revision) && (quarantined === null || revision < quarantined.revision),
  );
  return due?.revision ?? null;
}

function ofRevision(stream: string, what: Finding['what'], inLog: number | null, inReadModel: number | null): Finding {
  const text = (revision: number | null) => (revision === null ? null : String(revision));
  return { stream, what, compared: { field: 'revision', inLog: text(inLog), inReadModel: text(inReadModel) } };
}
