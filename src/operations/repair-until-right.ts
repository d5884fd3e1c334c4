import type { ReadModel, Stored, Unreadable } from '../projections/read-model.ts';
import type { ViewKind } from '../projections/views.ts';

/** So often a view is looked at, also after it was written. */
const ATTEMPTS = 10;

/** A view that is not as the log's events make it. */
export interface WrongView {
  readonly kind: ViewKind;
  readonly id: string;
  /** As it is; null: there is none. */
  readonly before: Stored | Unreadable | null;
  /** As it should be; null: there should be none. */
  readonly after: Stored | null;
}

/**
 * Puts a view right, and looks again after each write: a projector may have been at work on the wrong one meanwhile.
 * @param look what is wrong with it now; null: nothing
 * @returns what was written over, in order; nothing where nothing was wrong
 * @throws {ReadModelUnavailable} and what `look` throws
 * @throws Error where it is still wrong after so many looks
 */
export async function repairUntilRight<W extends WrongView>(
  readModel: ReadModel,
  look: () => Promise<W | null>,
): Promise<W[]> {
  const repaired: W[] = [];
  let wrong = await look();
  for (let looks = 1; wrong !== null; looks += 1) {
    const { kind, id, before, after } = wrong;
    if (looks > ATTEMPTS) throw new Error(`The view of ${kind} ${id} could not be put right: ${ATTEMPTS} races lost`);
    if ((await readModel.repair(kind, id, before, after)) === 'written') repaired.push(wrong);
    wrong = await look();
  }
  return repaired;
}
