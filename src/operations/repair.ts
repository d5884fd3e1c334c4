import type { RecordedEvent } from '../events/event-log.ts';
import { changesBetween, fieldsOf } from '../history/view-changes.ts';
import type { ViewOfStream } from '../projections/fold.ts';
import { foldStream } from '../projections/fold-stream.ts';
import { quarantinePages, retryQuarantined } from '../projections/quarantine.ts';
import type { Stored, Unreadable } from '../projections/queries.ts';
import type { Stores, StoresForReading } from '../projections/stores.ts';
import { type Difference, differenceOf, type Side } from './replay/difference.ts';

/** The repair of a view: it is written as the log has it, or it is removed. */
export interface Repair {
  readonly view: ViewOfStream;
  /** The view before the repair; null if there was none. */
  readonly before: Stored | Unreadable | null;
  /** The view in the log; null if there is none. */
  readonly after: Stored | null;
}

/** How often a view is compared, also after it was written. */
const LOOKS = 10;

/**
 * What a repair would do; null if the view is as the log has it, or cannot be folded from the log.
 * @throws {LogUnavailable | LogDamaged | ReadModelUnavailable}
 */
export async function planRepair({ log, readModel }: StoresForReading, view: ViewOfStream): Promise<Repair | null> {
  // In this order, so that the events reach at least as far as the view.
  const before = (await readModel.getMany(view.kind, [view.id])).get(view.id) ?? null;
  const events = await log.readStream(view.stream);
  const after = foldStream(view, events).at(-1)?.stored ?? null;
  return isSame(before, after) || isBeyond(before, after, events) ? null : { view, before, after };
}

/**
 * Repairs a view, and compares it again after each write: a projector may have written meanwhile, from the wrong view.
 * @returns what was done; null if there was nothing to do
 * @throws {LogUnavailable | LogDamaged | ReadModelUnavailable}
 * @throws Error if it is still wrong after so many tries
 */
export async function repair(stores: Stores, view: ViewOfStream): Promise<Repair | null> {
  let done: Repair | null = null;
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const wrong = await planRepair(stores, view);
    if (wrong === null) return done;
    const outcome = await stores.readModel.repair(view.kind, view.id, wrong.before, wrong.after);
    if (outcome === 'written') done = { ...wrong, before: done === null ? wrong.before : done.before };
  }
  throw new Error(`The view of ${view.stream} could not be repaired: a projector wrote first ${LOOKS} times`);
}

/** Retries the quarantined events of these streams, whose views can be read again. */
export async function releaseOf({ log, readModel }: Stores, streams: ReadonlySet<string>): Promise<void> {
  for await (const page of quarantinePages(readModel)) {
    const events = page.filter(({ stream }) => streams.has(stream));
    if (events.length > 0) await retryQuarantined(log, readModel, events);
  }
}

/** How the view before the repair differs from the log. */
export function differenceIn({ view, before, after }: Repair): Difference | null {
  return differenceOf(view.kind, view.id, sideOf(before), sideOf(after));
}

/** A view that cannot be read has no fields. */
function sideOf(stored: Stored | Unreadable | null): Side | null {
  if (stored === null || 'unreadable' in stored) return null;
  return { revision: stored.revision, fields: fieldsOf(stored.view) };
}

function isSame(before: Stored | Unreadable | null, after: Stored | null): boolean {
  if (before === null || after === null) return before === after;
  if ('unreadable' in before || before.revision !== after.revision) return false;
  return changesBetween(before.view, after.view).length === 0;
}

/** Whether another version made the view from events that this version cannot fold. Its work is not undone. */
function isBeyond(before: Stored | Unreadable | null, after: Stored | null, events: readonly RecordedEvent[]): boolean {
  const last = events.at(-1)?.revision ?? -1;
  const folded = after?.revision ?? -1;
  if (before === null || folded === last) return false;
  return 'unreadable' in before || (before.revision > folded && before.revision <= last);
}
