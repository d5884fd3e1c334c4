import type { RecordedEvent } from '../../events/event-log.ts';
import { changesBetween } from '../../history/view-changes.ts';
import { type FoldedEvent, foldStream } from '../../projections/fold-stream.ts';
import type { QuarantinedEvent, Stored, Unreadable } from '../../projections/read-model.ts';
import type { Finding } from './finding.ts';

/** All that is known of one stream. The view was read before the events, so that these reach at least as far. */
export interface Subject {
  readonly stream: string;
  /** From the first on. */
  readonly events: readonly RecordedEvent[];
  /** Null: there is no view. */
  readonly stored: Stored | Unreadable | null;
  /** The first of its events that is in the quarantine. */
  readonly quarantined: QuarantinedEvent | null;
  /** Whatever lies up to this position must be in the view; what lies after it the follower may still be at. */
  readonly checkpoint: bigint;
}

/** How the log and the read model differ in one stream. */
export function compare(subject: Subject): Finding[] {
  const { stream, events, stored, quarantined } = subject;
  const folded = foldStream(stream, events);
  const waitsFrom = quarantined?.revision ?? Number.POSITIVE_INFINITY;
  const findings = folded.filter(({ event }) => event.revision < waitsFrom).flatMap(faultsOf);
  if (stored !== null && 'unreadable' in stored) {
    return [...findings, { stream, what: 'unreadable', reason: stored.unreadable }];
  }
  const views = folded.flatMap(({ stored: view, notFolded }) => (notFolded === null && view !== null ? [view] : []));
  findings.push(...compareViews(subject, views, stored));
  if (quarantined !== null && waitsFrom > (stored?.revision ?? -1)) {
    findings.push({ stream, what: 'quarantined', reason: `from revision ${waitsFrom} on: ${quarantined.reason}` });
  }
  return findings;
}

/** What is wrong with an event itself: where it lies in its stream, and what it says. */
function faultsOf(
  { event: { stream, revision }, notFolded }: FoldedEvent<RecordedEvent>,
  index: number,
  all: readonly FoldedEvent<RecordedEvent>[],
): Finding[] {
  const due = (all[index - 1]?.event.revision ?? -1) + 1;
  const faults: Finding[] = [];
  if (revision !== due) faults.push({ stream, what: 'gap', reason: `revision ${revision} comes where ${due} should` });
  if (notFolded?.what === 'undecodable') faults.push({ stream, what: 'undecodable', reason: notFolded.reason });
  if (notFolded?.what === 'unfit')
    faults.push({ stream, what: 'unfit', reason: `event ${revision}: ${notFolded.reason}` });
  return faults;
}

/** @param views what the log has: the view after each revision */
function compareViews(subject: Subject, views: readonly Stored[], stored: Stored | null): Finding[] {
  const { stream, events } = subject;
  const last = events.at(-1)?.revision ?? null;
  const due = dueRevision(subject, views.length);
  if (stored === null) return due === null ? [] : [ofRevision(stream, 'missing', due, null)];
  const { revision } = stored;
  if (last === null) return [ofRevision(stream, 'extra', null, revision)];
  if (revision > last) return [ofRevision(stream, 'ahead', last, revision)];
  if (due !== null && revision < due) return [ofRevision(stream, 'behind', due, revision)];
  const inLog = views[revision];
  // A later version, which can read more of the events, may have folded further: that cannot be judged here.
  if (inLog === undefined) return [];
  return changesBetween(stored.view, inLog.view).map(({ field, before, after }) => ({
    stream,
    what: 'different',
    compared: { field, inLog: after, inReadModel: before },
  }));
}

/** The revision that the view must have reached; null where there need be no view yet. */
function dueRevision({ events, quarantined, checkpoint }: Subject, foldable: number): number | null {
  const due = events.findLast(
    ({ position, revision }) =>
      position <= checkpoint && revision < foldable && (quarantined === null || revision < quarantined.revision),
  );
  return due?.revision ?? null;
}

function ofRevision(stream: string, what: Finding['what'], inLog: number | null, inReadModel: number | null): Finding {
  const text = (revision: number | null) => (revision === null ? null : String(revision));
  return { stream, what, compared: { field: 'revision', inLog: text(inLog), inReadModel: text(inReadModel) } };
}
