import { asQuarantined, type Projectable } from './decode-or-quarantine.ts';
import { type ViewOfStream, viewsOfStream } from './fold.ts';
import { foldStream } from './fold-stream.ts';
import type { Batch, ProjectorStore, QuarantinedEvent, ViewWrite } from './projector-store.ts';
import type { Stored, Unreadable } from './queries.ts';
import { viewsOf } from './views-of.ts';

/** What came of projecting. */
export interface Projected {
  /** The own view of each stream that has one, as it now stands. */
  readonly views: ReadonlyMap<string, Stored>;
  readonly quarantined: readonly QuarantinedEvent[];
}

/** What a page has for one view. */
interface Part extends ViewOfStream {
  readonly isOwn: boolean;
  readonly events: readonly Projectable[];
}

/** How often a lost race is run again before it is an error: every loss means that another projector got further. */
const ATTEMPTS = 10;

/**
 * Projects events (any number of streams, each stream's in order) into the read model: compare and set by revision, so that
 * repeats and races with other projectors are harmless. With a checkpoint, what cannot be projected goes to the quarantine,
 * and the checkpoint moves only with or after the views; without one, it is only reported. A view that cannot be read is
 * left as it is, and all its events go to the quarantine.
 * @throws {ReadModelUnavailable | CheckpointLost} as the read model's `write`
 */
export async function project(
  readModel: ProjectorStore,
  events: readonly Projectable[],
  checkpoint?: Batch['checkpoint'],
): Promise<Projected> {
  const parts = partsOf(events);
  const views = new Map<string, Stored>();
  const quarantined = new Map<string, QuarantinedEvent>();
  let open: readonly Part[] = parts;
  // An event that begins its stream is taken to meet nothing; where that is wrong, the write is lost and the view is read.
  let current = await viewsOf(
    readModel,
    parts.filter(({ events: [first] }) => first?.revision !== 0),
  );
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const steps = open.map((part) => stepOf(part, current.get(part) ?? null));
    const last = quarantined.size === 0 && steps.every((step) => step.quarantined.length === 0);
    const lost = await write(readModel, steps, last ? checkpoint : undefined);
    for (const step of steps) {
      const { part, stored } = step;
      if (lost.has(part)) continue;
      if (part.isOwn && stored !== null) views.set(part.stream, stored);
      // Several views of a stream may fail at one event: it is in the quarantine once.
      for (const event of step.quarantined) quarantined.set(`${event.revision}@${event.stream}`, event);
    }
    open = [...lost];
    if (open.length === 0) {
      const all = [...quarantined.values()];
      if (!last && checkpoint !== undefined) await readModel.write({ writes: [], quarantined: all, checkpoint });
      return { views, quarantined: all };
    }
    current = await viewsOf(readModel, open);
  }
  throw new Error(`The view of ${open[0]?.stream} could not be written: ${ATTEMPTS} races lost`);
}

/** Writes what the steps changed; gives the parts whose write was lost to another projector. */
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
  const ofStreams = Map.groupBy(events, ({ stream }) => stream);
  return Array.from(ofStreams, ([stream, ofStream]) =>
    viewsOfStream(stream).map((view, index) => ({ ...view, isOwn: index === 0, events: ofStream })),
  ).flat();
}

interface Step {
  readonly part: Part;
  /** The view after the step; null where there is none. */
  readonly stored: Stored | null;
  readonly write: ViewWrite | null;
  readonly quarantined: readonly QuarantinedEvent[];
}

/** Folds a part over the view that is there: what it already reflects is skipped, what does not follow on goes to the quarantine. */
function stepOf(part: Part, before: Stored | Unreadable | null): Step {
  if (before !== null && 'unreadable' in before) {
    const quarantined = part.events.map((event) =>
      'reason' in event ? event : asQuarantined(event, before.unreadable),
    );
    return { part, stored: null, write: null, quarantined };
  }
  const events = before === null ? part.events : part.events.filter(({ revision }) => revision > before.revision);
  const folded = foldStream(part, events, before);
  const stored = folded.at(-1)?.stored ?? before;
  const quarantined = folded.flatMap(({ event, notFolded }) => {
    if (notFolded === null || notFolded.what === 'unknown') return [];
    return ['reason' in event ? event : asQuarantined(event, notFolded.reason)];
  });
  const expectedRevision = before?.revision ?? null;
  const write =
    stored === null || stored === before ? null : ({ kind: part.kind, expectedRevision, ...stored } as ViewWrite);
  return { part, stored, write, quarantined };
}
