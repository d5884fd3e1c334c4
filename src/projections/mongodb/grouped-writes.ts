import type { ReadModelUnavailable } from '../errors.ts';
import type { ViewWrite, WriteOutcome } from '../projector-store.ts';
import type { ViewShape } from '../views/declare-view.ts';
import { charactersIn } from './documents.ts';
import type { Written } from './write-group.ts';

/** A group has at most so many writes, so that a bulk write takes milliseconds. */
const WRITES_PER_GROUP = 500;

/** And at most about so many characters. So a document over MongoDB's limit of 16 MB is refused in its own group. */
const CHARACTERS_PER_GROUP = 4_000_000;

interface Waiting {
  readonly write: ViewWrite;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: writes that arrive while one group is under way form the next. Two writes of one view are never in the same group; they
 * keep their order.
 */
export class GroupedWrites {
  readonly #shape: ViewShape;
  readonly #writeGroup: (writes: readonly ViewWrite[]) => Promise<Written[]>;
  #waiting: Waiting[] = [];
  #isWriting = false;

  /** @param writeGroup writes views of different ids: `write-group.ts` */
  constructor(shape: ViewShape, writeGroup: (writes: readonly ViewWrite[]) => Promise<Written[]>) {
    this.#shape = shape;
    this.#writeGroup = writeGroup;
  }

  /**
   * The outcome of the write.
   * @throws {ReadModelUnavailable} the store is away, or refused this write. Faults of other writes do not matter.
   */
  write(write: ViewWrite): Promise<WriteOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      if (this.#isWriting) return;
      this.#isWriting = true;
      // In the next turn, so that writes of the same turn of the event loop share the group.
      setImmediate(() => this.#writeAll());
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#settle(this.#takeGroup());
    this.#isWriting = false;
  }

  /** Takes as many writes as one group may have, by number and by weight; at least one. */
  #takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    const later: Waiting[] = [];
    const ids = new Set<string>();
    let weight = 0;
    let seen = 0;
    for (const waiting of this.#waiting) {
      const { id } = waiting.write.view;
      weight += charactersIn(this.#shape, waiting.write.view);
      if (group.length === WRITES_PER_GROUP || (group.length > 0 && weight > CHARACTERS_PER_GROUP)) break;
      seen += 1;
      (ids.has(id) ? later : group).push(waiting);
      ids.add(id);
    }
    this.#waiting = [...later, ...this.#waiting.slice(seen)];
    // In the same order on every node: then nodes that write the same views wait for each other, without a deadlock.
    return group.toSorted((one, other) => (one.write.view.id < other.write.view.id ? -1 : 1));
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.#writeGroup(group.map(({ write }) => write));
      group.forEach(({ resolve, reject }, index) => {
        const outcome = written[index] as WriteOutcome | ReadModelUnavailable;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
