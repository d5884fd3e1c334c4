import type { ViewWrite } from '../read-model.ts';
import type { ViewKind } from '../views.ts';

/** How long a view may be in hand between its reading and the writing of what came of it. */
const IN_HAND_MS = 5_000;

/**
 * For a version that has just taken another one's place: tells the writes that were folded over a view of the version before. That
 * view may be wrong, which may be why there is a new version, and compare and set by revision would not see it.
 */
export class Succession {
  readonly #untilMs = performance.now() + IN_HAND_MS;
  readonly #read = new Set<string>();

  /** These are read from the new version now, whether it has them or not. */
  noteRead(kind: ViewKind, ids: readonly string[]): void {
    for (const id of ids) this.#read.add(`${kind} ${id}`);
  }

  /** Whether what it is written over was not read from the new version. */
  isOfTheOneBefore({ kind, expectedRevision, view }: ViewWrite): boolean {
    return expectedRevision !== null && !this.#read.has(`${kind} ${view.id}`);
  }

  /** Whether nothing of the version before can be in hand any more. */
  isOver(): boolean {
    return performance.now() > this.#untilMs;
  }
}
