import type { EventLog } from '../../events/event-log.ts';
import { streamName } from '../../events/streams.ts';
import { timelineOf } from '../../history/timeline.ts';
import { fieldsOf } from '../../history/view-changes.ts';
import type { ReadModel, Stored, Unreadable } from '../../projections/read-model.ts';
import type { ViewKind } from '../../projections/views.ts';
import { repairUntilRight } from '../repair-until-right.ts';
import { type Difference, differenceOf, type Side } from './difference.ts';

/** What came of repairing a view: how it differed from what the log's events make of it; null where it did not. */
export type Repaired = { readonly difference: Difference | null };

/**
 * Writes one view anew from the log, where it is not as the log's events make it.
 * @param isDry only tells
 * @returns null: the log has no such stream
 * @throws Error where this version cannot fold the events
 */
export async function repairView<K extends ViewKind>(
  log: EventLog,
  readModel: ReadModel,
  kind: K,
  id: string,
  isDry: boolean,
): Promise<Repaired | null> {
  let isInLog = false;
  const look = async () => {
    // The view first: so the events reach at least as far.
    const before = (await readModel.getMany(kind, [id])).get(id) ?? null;
    const timeline = timelineOf(await log.readStream(streamName(kind, id)));
    const failed = timeline.find(({ problem }) => problem !== null);
    if (failed !== undefined)
      throw new Error(`Revision ${failed.event.revision} of it cannot be folded: ${failed.problem}`);
    const last = timeline.at(-1);
    if (last === undefined) return null;
    isInLog = true;
    const after = last.stored as Stored<K>;
    const difference = differenceOf(kind, id, sideOf(before), sideOf(after));
    return difference === null ? null : { kind, id, before, after, difference };
  };
  const [first = null] = isDry ? [await look()] : await repairUntilRight(readModel, look);
  return isInLog ? { difference: first?.difference ?? null } : null;
}

/** A view that cannot be read has no fields. */
function sideOf(stored: Stored | Unreadable | null): Side | null {
  return stored === null || 'unreadable' in stored
    ? null
    : { revision: stored.revision, fields: fieldsOf(stored.view) };
}
