import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { pagesOfStream } from '../../history/log-pages.ts';
import { changesBetween } from '../../history/view-changes.ts';
import type { ViewOfStream } from '../../projections/fold.ts';
import { type FoldedEvent, foldStream, isUnseen } from '../../projections/fold-stream.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import type { Stored, Unreadable } from '../../projections/queries.ts';
import type { Finding } from './finding.ts';

/** All that is known of one stream but its events. The views are read before these, so that the events reach at least as far. */
export interface Subject {
  readonly stream: string;
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

/** How the log and the read model differ in one stream, all of whose events are given. */
export function compare({ events, ...subject }: Subject & { readonly events: readonly RecordedEvent[] }): Finding[] {
  const comparison = new Comparison(subject);
  comparison.add(events);
  return comparison.findings();
}

/** The same, with the events as the log has them. They are forgotten page by page. @throws {LogDamaged | LogUnavailable} */
export async function compareFromLog(subject: Subject, log: EventLog): Promise<Finding[]> {
  const comparison = new Comparison(subject);
  for await (const events of pagesOfStream(log, subject.stream, new AbortController().signal)) comparison.add(events);
  return comparison.findings();
}

/** A view, folded as far as its stream was read. */
interface Fold {
  /** Null: the stream has no view, and its events are only decoded. */
  readonly view: ComparedView | null;
  stored: Stored | null;
  /** The revision of the first event that could not be folded. */
  waitsFor: number | null;
  /** The revision that the view must have reached; null if there need be no view yet. */
  due: number | null;
  /** The view in the log at the revision that the read model has. */
  inLog: Stored | null;
}

/** Compares one stream with its views, page by page: a stream may have millions of events, as that of a webhook has. */
class Comparison {
  readonly #subject: Subject;
  readonly #folds: readonly [Fold, ...Fold[]];
  readonly #ofEvents: Finding[] = [];
  #last: RecordedEvent | null = null;

  constructor(subject: Subject) {
    this.#subject = subject;
    const fold = (view: ComparedView | null): Fold => ({ view, stored: null, waitsFor: null, due: null, inLog: null });
    const [own = null, ...others] = subject.views;
    this.#folds = [fold(own), ...others.map(fold)];
  }

  /** Takes the next events of the stream, from the first on. */
  add(events: readonly RecordedEvent[]): void {
    const [own, ...others] = this.#folds;
    for (const folded of this.#fold(own, events)) {
      this.#judge(folded);
      this.#last = folded.event;
    }
    for (const other of others) this.#fold(other, events);
  }

  /** What was found, once all events were taken. */
  findings(): Finding[] {
    const { stream, views, quarantined } = this.#subject;
    const findings = [...this.#ofEvents];
    for (const fold of this.#folds) {
      if (fold.view === null) continue;
      const { kind } = fold.view;
      const ofView = this.#ofView(fold, fold.view);
      // In a stream with several views, a finding names the view if it is not the stream's own.
      findings.push(...(fold === this.#folds[0] ? ofView : ofView.map((finding) => namedAfter(kind, finding))));
    }
    const isReadable = ({ stored }: ComparedView) => stored === null || 'revision' in stored;
    const reached = Math.min(
      ...views.map(({ stored }) => (stored !== null && 'revision' in stored ? stored.revision : -1)),
    );
    if (quarantined !== null && views.every(isReadable) && quarantined.revision > reached) {
      const reason = `from revision ${quarantined.revision} on: ${quarantined.reason}`;
      findings.push({ stream, what: 'quarantined', reason });
    }
    return findings;
  }

  #fold(fold: Fold, events: readonly RecordedEvent[]): FoldedEvent<RecordedEvent>[] {
    const { quarantined, checkpoint } = this.#subject;
    const compared = fold.view?.stored ?? null;
    const inReadModel = compared !== null && 'revision' in compared ? compared.revision : null;
    const folded = foldStream(fold.view, events, fold.stored, fold.waitsFor);
    for (const { event, stored, notFolded } of folded) {
      const { position, revision } = event;
      fold.stored = stored;
      if (isUnseen(notFolded)) fold.waitsFor ??= revision;
      if (isUnseen(notFolded) || stored === null) continue;
      if (position <= checkpoint && (quarantined === null || revision < quarantined.revision)) fold.due = revision;
      if (revision === inReadModel) fold.inLog = stored;
    }
    return folded;
  }

  #judge(folded: FoldedEvent<RecordedEvent>): void {
    const { quarantined, mayLackRevisions } = this.#subject;
    if (quarantined !== null && folded.event.revision >= quarantined.revision) return;
    if (!mayLackRevisions) this.#ofEvents.push(...gapBefore(folded.event, this.#last));
    this.#ofEvents.push(...faultsOf(folded));
  }

  #ofView({ due, inLog }: Fold, { stored }: ComparedView): Finding[] {
    const { stream } = this.#subject;
    if (stored !== null && 'unreadable' in stored) return [{ stream, what: 'unreadable', reason: stored.unreadable }];
    if (stored === null) return due === null ? [] : [ofRevision(stream, 'missing', due, null)];
    const { revision } = stored;
    const last = this.#last?.revision ?? null;
    if (last === null) return [ofRevision(stream, 'extra', null, revision)];
    if (revision > last) return [ofRevision(stream, 'ahead', last, revision)];
    if (due !== null && revision < due) return [ofRevision(stream, 'behind', due, revision)];
    // A newer release, which can read more events, may have folded further. This release cannot judge that.
    if (inLog === null) return [];
    return changesBetween(stored.view, inLog.view).map(({ field, before, after }) => ({
      stream,
      what: 'different',
      compared: { field, inLog: after, inReadModel: before },
    }));
  }
}

function namedAfter(kind: string, { compared, ...finding }: Finding): Finding {
  return compared === undefined
    ? { ...finding, reason: `${kind}: ${finding.reason}` }
    : { ...finding, compared: { ...compared, field: `${kind}.${compared.field}` } };
}

function gapBefore({ stream, revision }: RecordedEvent, previous: RecordedEvent | null): Finding[] {
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

function ofRevision(stream: string, what: Finding['what'], inLog: number | null, inReadModel: number | null): Finding {
  const text = (revision: number | null) => (revision === null ? null : String(revision));
  return { stream, what, compared: { field: 'revision', inLog: text(inLog), inReadModel: text(inReadModel) } };
}
