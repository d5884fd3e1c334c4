import { codeOf } from '../errors/code-of.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { asQuarantined, type Projectable } from './decode-or-quarantine.ts';
import { type ViewOfStream, viewsOfStream } from './fold.ts';
import { type Foldable, type FoldedEvent, foldStream, isUnseen, waitingFor } from './fold-stream.ts';
import type { Batch, ProjectorStore, QuarantinedEvent, ViewWrite } from './projector-store.ts';
import type { Stored, Unreadable } from './queries.ts';
import { viewsOf } from './views-of.ts';

/** The result of projecting. */
export interface Projected {
  /** The present own view of each stream that has one. */
  readonly views: ReadonlyMap<string, Stored>;
  readonly quarantined: readonly QuarantinedEvent[];
  /** Streams that lack their beginning: their events change nothing, and do not wait for it. */
  readonly cut: readonly string[];
}

type Dismissed = NonNullable<Batch['released']>[number];

/** The events of a page for one view. */
interface Part extends ViewOfStream {
  readonly isOwn: boolean;
  readonly events: readonly Projectable[];
  /** What the log has of the stream after a revision, up to the last of those; null: it was not read. */
  inLog: { readonly after: number; readonly events: readonly RecordedEvent[] } | null;
}

/** How often a conflict is tried again before it is an error. After each conflict another projector has come further. */
const ATTEMPTS = 10;

/**
 * Projects events of any number of streams, each stream's in order, into the read model. It compares and sets by revision, so repeats and
 * races with other projectors are harmless. With a checkpoint, events that cannot be projected go to the quarantine, and the checkpoint
 * moves with or after the views. Without one, they are only reported. A view that cannot be read stays as it is, and all its events
 * go to the quarantine. What an operator has dismissed leaves it.
 * @param log if revisions are missing between the view and an event, the stream is read from here: they may be of types that this release
 *   does not know, which leave no view, or of another application. Without a log, such an event waits
 * @param known the own view of the events' one stream, as it probably is: it is not read first, unless the write conflicts
 * @throws {ReadModelUnavailable | CheckpointLost} as the read model's `write`
 * @throws {LogUnavailable}
 */
export async function project(
  readModel: ProjectorStore,
  events: readonly Projectable[],
  checkpoint?: Batch['checkpoint'],
  log?: Pick<EventLog, 'readStream'>,
  known: Stored | null = null,
): Promise<Projected> {
  const parts = partsOf(events);
  const views = new Map<string, Stored>();
  const quarantined = new Map<string, QuarantinedEvent>();
  const cut = new Set<string>();
  let open: readonly Part[] = parts;
  // An event that begins its stream should find no view. If there is one, the write conflicts, and the view is read.
  const [only] = parts.length === 1 && known !== null ? parts : [];
  let current: Map<Part, Stored | Unreadable> =
    only === undefined || known === null
      ? await viewsOf(
          readModel,
          parts.filter((part) => firstOf(part) !== 0),
        )
      : new Map([[only, known]]);
  for (const part of parts) {
    const before = current.get(part);
    const seen = before !== undefined && 'revision' in before ? before.revision : -1;
    if (log !== undefined && holeIn(unseen(part, seen), seen) !== null) part.inLog = await readAfter(log, part, seen);
  }
  const dismisses = events.some(({ type }) => type === 'QuarantineDismissed');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const steps = open.map((part) => stepOf(part, current.get(part) ?? null));
    const last = quarantined.size === 0 && !dismisses && steps.every((step) => step.quarantined.length === 0);
    const lost = await write(readModel, steps, last ? checkpoint : undefined);
    for (const step of steps) {
      const { part, stored } = step;
      if (lost.has(part)) continue;
      if (step.isCut) cut.add(part.stream);
      if (part.isOwn && stored !== null) views.set(part.stream, stored);
      // Several views of a stream may fail at one event: it is in the quarantine once.
      for (const event of step.quarantined) quarantined.set(`${event.revision}@${event.stream}`, event);
    }
    open = [...lost];
    if (open.length === 0) {
      const released = events.flatMap(dismissedBy);
      const all = [...quarantined.values()].filter((event) => !released.some((other) => isSame(event, other)));
      if (!last && checkpoint !== undefined)
        await readModel.write({ writes: [], quarantined: all, released, checkpoint });
      return { views, quarantined: all, cut: [...cut] };
    }
    current = await viewsOf(readModel, open);
  }
  throw new Error(`The view of ${open[0]?.stream} could not be written: it conflicted ${ATTEMPTS} times`);
}

/** The events that an operator has dismissed: they come before in the log, so a replay takes them out of the quarantine as well. */
function dismissedBy(event: Projectable): readonly Dismissed[] {
  return 'data' in event && event.type === 'QuarantineDismissed' ? event.data.events : [];
}

function isSame(event: QuarantinedEvent, { stream, revision }: Dismissed): boolean {
  return event.stream === stream && event.revision === revision;
}

/** Writes what the steps changed. Returns the parts whose write conflicted with another projector. */
async function write(
  readModel: ProjectorStore,
  steps: readonly Step[],
  checkpoint: Batch['checkpoint'],
): Promise<ReadonlySet<Part>> {
  const writing = steps.filter((step) => step.write !== null);
  if (writing.length === 0 && checkpoint === undefined) return new Set();
  const outcomes = await readModel.write({ writes: writing.map((step) => step.write as ViewWrite), checkpoint });
  return new Set(writing.filter((_, index) => outcomes[index] === 'conflict').map((step) => step.part));
}

function partsOf(events: readonly Projectable[]): Part[] {
  const parts: Part[] = [];
  for (const [stream, ofStream] of Map.groupBy(events, (event) => event.stream)) {
    viewsOfStream(stream).forEach(({ kind, id }, index) => {
      parts.push({ kind, id, stream, isOwn: index === 0, events: ofStream, inLog: null });
    });
  }
  return parts;
}

function unseen({ events }: Part, seen: number): readonly Projectable[] {
  return events.filter(({ revision }) => revision > seen);
}

/** The index of the first event that does not come right after the one before it; null if there is none. @param seen the revision before all */
function holeIn(events: readonly Foldable[], seen: number): number | null {
  const index = events.findIndex(({ revision }, at) => revision !== (events[at - 1]?.revision ?? seen) + 1);
  return index === -1 ? null : index;
}

/** The events of the stream after a revision that are not in the part; null if others have deleted the stream. @throws {LogUnavailable} */
async function readAfter(
  log: Pick<EventLog, 'readStream'>,
  { stream, events }: Part,
  seen: number,
): Promise<Part['inLog']> {
  const given = new Set(events.map(({ revision }) => revision));
  const last = (events.at(-1) as Projectable).revision;
  try {
    const read = await log.readStream(stream, seen + 1, last - seen);
    return { after: seen, events: read.filter(({ revision }) => revision < last && !given.has(revision)) };
  } catch (error) {
    if (codeOf(error) !== 'log_damaged') throw error;
    return null;
  }
}

/** The revision of its first event. */
function firstOf({ events }: Part): number {
  return (events[0] as Projectable).revision;
}

interface Step {
  readonly part: Part;
  /** The view after the step; null if there is none. */
  readonly stored: Stored | null;
  readonly write: ViewWrite | null;
  readonly quarantined: readonly QuarantinedEvent[];
  /** The stream lacks its beginning. */
  readonly isCut: boolean;
}

/** Folds a part over the present view. Events that it reflects are skipped; events that cannot be folded go to the quarantine. */
function stepOf(part: Part, before: Stored | Unreadable | null): Step {
  if (before !== null && 'unreadable' in before) {
    const quarantined = part.events.map((event) =>
      'reason' in event ? event : asQuarantined(event, before.unreadable),
    );
    return { part, stored: null, write: null, quarantined, isCut: false };
  }
  const folded = foldPart(part, before);
  const stored = folded.at(-1)?.stored ?? before;
  const quarantined = folded.flatMap(({ event, notFolded }) => {
    if (!isUnseen(notFolded) || part.inLog?.events.includes(event as RecordedEvent)) return [];
    return ['reason' in event ? event : asQuarantined(event, notFolded.reason)];
  });
  const expectedRevision = before?.revision ?? null;
  const write =
    stored === null || stored === before ? null : ({ kind: part.kind, expectedRevision, ...stored } as ViewWrite);
  return { part, stored, write, quarantined, isCut: folded.some(({ notFolded }) => notFolded?.what === 'cut') };
}

/** Folds what is not in the view yet. If it is not known what is between two events, the second one and all after it wait. */
function foldPart(part: Part, before: Stored | null): FoldedEvent[] {
  const seen = before?.revision ?? -1;
  const { inLog } = part;
  const given = unseen(part, seen);
  const hole = holeIn(given, seen);
  if (hole === null) return foldStream<Foldable>(part, given, before);
  if (inLog !== null && inLog.after <= seen) {
    const between = inLog.events.filter(({ revision }) => revision > seen);
    const all = [...between, ...given].sort((one, other) => one.revision - other.revision);
    return foldStream<Foldable>(part, all, before);
  }
  const folded = foldStream<Foldable>(part, given.slice(0, hole), before);
  const stored = folded.at(-1)?.stored ?? before;
  const notFolded = waitingFor((given[hole - 1]?.revision ?? seen) + 1);
  return [...folded, ...given.slice(hole).map((event) => ({ event, stored, notFolded }))];
}
