import { asQuarantined, type Projectable } from './decode-or-quarantine.ts';
import { viewOf } from './fold.ts';
import { foldStream } from './fold-stream.ts';
import type { Batch, QuarantinedEvent, ReadModel, Stored, Unreadable, ViewWrite } from './read-model.ts';
import type { ViewKind } from './views.ts';
import { viewsOf } from './views-of.ts';

/** What came of projecting: each stream's view as it now stands (for streams that have one), and what could not be projected. */
export interface Projected {
  readonly views: ReadonlyMap<string, Stored>;
  readonly quarantined: readonly QuarantinedEvent[];
}

/** One stream's part of a page. */
interface StreamPart {
  readonly stream: string;
  readonly kind: ViewKind;
  readonly id: string;
  readonly events: readonly Projectable[];
}

/** How often a lost race is run again before it is an error: every loss means that another projector got further. */
const ATTEMPTS = 10;

/**
 * Projects events (any number of streams, each stream's in order) into the read model: compare and set by revision, so that
 * repeats and races with other projectors are harmless. With a checkpoint, what cannot be projected goes to the quarantine,
 * and the checkpoint moves only with or after the views; without one, it is only reported. A view that another version wrote is
 * left as it is, and all its events go to the quarantine.
 * @throws {ReadModelUnavailable | CheckpointLost} as the read model's `write`
 */
export async function project(
  readModel: ReadModel,
  events: readonly Projectable[],
  checkpoint?: Batch['checkpoint'],
): Promise<Projected> {
  const parts = partsOf(events);
  const views = new Map<string, Stored>();
  const quarantined: QuarantinedEvent[] = [];
  let open: readonly StreamPart[] = parts;
  // An event that begins its stream is taken to meet nothing; where that is wrong, the write is lost and the view is read.
  let current = await viewsOf(readModel, streamsOf(parts.filter(({ events: [first] }) => first?.revision !== 0)));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const steps = open.map((part) => evolvePart(part, current.get(part.stream) ?? null));
    const last = quarantined.length === 0 && steps.every((step) => step.quarantined.length === 0);
    const lost = await write(readModel, steps, last ? checkpoint : undefined);
    for (const step of steps) {
      if (lost.has(step.part)) continue;
      if (step.stored !== null) views.set(step.part.stream, step.stored);
      quarantined.push(...step.quarantined);
    }
    open = [...lost];
    if (open.length === 0) {
      if (!last && checkpoint !== undefined) await readModel.write({ writes: [], quarantined, checkpoint });
      return { views, quarantined };
    }
    current = await viewsOf(readModel, streamsOf(open));
  }
  throw new Error(`The view of ${open[0]?.stream} could not be written: ${ATTEMPTS} races lost`);
}

/** Writes what the steps changed; gives the parts whose write was lost to another projector. */
async function write(
  readModel: ReadModel,
  steps: readonly Step[],
  checkpoint: Batch['checkpoint'],
): Promise<ReadonlySet<StreamPart>> {
  const writing = steps.filter((step) => step.write !== null);
  if (writing.length === 0 && checkpoint === undefined) return new Set();
  const outcomes = await readModel.write({ writes: writing.map((step) => step.write as ViewWrite), checkpoint });
  return new Set(writing.filter((_, index) => outcomes[index] === 'conflict').map((step) => step.part));
}

function partsOf(events: readonly Projectable[]): StreamPart[] {
  const parts = new Map<string, StreamPart & { events: Projectable[] }>();
  for (const event of events) {
    const part = parts.get(event.stream);
    if (part !== undefined) {
      part.events.push(event);
      continue;
    }
    const view = viewOf(event.stream);
    if (view !== null) parts.set(event.stream, { stream: event.stream, ...view, events: [event] });
  }
  return [...parts.values()];
}

function streamsOf(parts: readonly StreamPart[]): string[] {
  return parts.map(({ stream }) => stream);
}

interface Step {
  readonly part: StreamPart;
  /** The view after the step; null where there is none. */
  readonly stored: Stored | null;
  readonly write: ViewWrite | null;
  readonly quarantined: readonly QuarantinedEvent[];
}

/** Folds a part over the view that is there: what it already reflects is skipped, what does not follow on goes to the quarantine. */
function evolvePart(part: StreamPart, before: Stored | Unreadable | null): Step {
  if (before !== null && 'unreadable' in before) {
    const quarantined = part.events.map((event) =>
      'reason' in event ? event : asQuarantined(event, before.unreadable),
    );
    return { part, stored: null, write: null, quarantined };
  }
  const folded = foldStream(part.stream, part.events, before);
  const stored = folded.at(-1)?.stored ?? null;
  const quarantined = folded.flatMap(({ event, stored: reached, notFolded }) => {
    if (notFolded === null || event.revision <= (reached?.revision ?? -1)) return [];
    return ['reason' in event ? event : asQuarantined(event, notFolded.reason)];
  });
  const expectedRevision = before?.revision ?? null;
  const write =
    stored === null || stored === before ? null : ({ kind: part.kind, expectedRevision, ...stored } as ViewWrite);
  return { part, stored, write, quarantined };
}
