import type { RecordedEvent } from '../../events/event-log.ts';
import { changesBetween } from '../../history/view-changes.ts';
import { viewOf } from '../../projections/fold.ts';
import { foldStream } from '../../projections/fold-stream.ts';
import { quarantinePages, retryQuarantined } from '../../projections/quarantine.ts';
import type { Stored, Unreadable } from '../../projections/read-model.ts';
import { repairUntilRight, type WrongView } from '../repair-until-right.ts';
import type { Stores } from './stores.ts';

/** What is to be done about one view: it is written anew as the log has it, or it is removed. */
export interface Repair {
  readonly stream: string;
  /** Null: the log has no view. */
  readonly view: Stored | null;
}

/**
 * What a repair would do about a stream; null where its view is as the log has it by now, or cannot be had from the log.
 * @throws {LogUnavailable | LogDamaged | ReadModelUnavailable}
 */
export async function planRepair(stores: Stores, stream: string): Promise<Repair | null> {
  const wrong = await look(stores, stream);
  return wrong === null ? null : { stream, view: wrong.after };
}

/**
 * Puts the view of a stream right, and sees that it stays so: a projector may have evolved the wrong one meanwhile.
 * @returns what was done; null where there was nothing to do
 * @throws {LogUnavailable | LogDamaged | ReadModelUnavailable}
 */
export async function repair(stores: Stores, stream: string): Promise<Repair | null> {
  const last = (await repairUntilRight(stores.readModel, () => look(stores, stream))).at(-1);
  return last === undefined ? null : { stream, view: last.after };
}

/** Tries the events of these streams that are in the quarantine once more, now that their views can be read again. */
export async function releaseOf({ log, readModel }: Stores, streams: ReadonlySet<string>): Promise<void> {
  for await (const page of quarantinePages(readModel)) {
    const events = page.filter(({ stream }) => streams.has(stream));
    if (events.length > 0) await retryQuarantined(log, readModel, events);
  }
}

/** The view as it is, and what it should be; null where that is the same, or cannot be told. */
async function look({ log, readModel }: Stores, stream: string): Promise<WrongView | null> {
  const view = viewOf(stream);
  if (view === null) return null;
  const { kind, id } = view;
  // In this order: the log reaches at least as far as the view then.
  const before = (await readModel.getMany(kind, [id])).get(id) ?? null;
  const events = await log.readStream(stream);
  const after = foldStream(stream, events).at(-1)?.stored ?? null;
  const isRight = isSame(before, after) || isBeyond(before, after, events);
  return isRight ? null : { kind, id, before, after };
}

function isSame(before: Stored | Unreadable | null, after: Stored | null): boolean {
  if (before === null || after === null) return before === after;
  if ('unreadable' in before || before.revision !== after.revision) return false;
  return changesBetween(before.view, after.view).length === 0;
}

/** Whether the view was made from events of the log that this version cannot fold: another version's work is not undone. */
function isBeyond(before: Stored | Unreadable | null, after: Stored | null, events: readonly RecordedEvent[]): boolean {
  const last = events.at(-1)?.revision ?? -1;
  const folded = after?.revision ?? -1;
  if (before === null || folded === last) return false;
  return 'unreadable' in before || (before.revision > folded && before.revision <= last);
}
