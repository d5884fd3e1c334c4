import type { ReadModelUnavailable } from '../errors.ts';
import type { ViewWrite, WriteOutcome } from '../projector-store.ts';
import type { ViewShape } from '../views/declare-view.ts';
import { charactersIn } from './documents.ts';
import type { Written } from './write-group.ts';

/** A group ends at so many writes: a bulk write is to take milliseconds. */
const WRITES_PER_GROUP = 500;

/** It ends at about so many characters, too. So a document over MongoDB's limit of 16 MB is in a group, and is refused, alone. */
const CHARACTERS_PER_GROUP = 4_000_000;

interface Waiting {
  readonly write: ViewWrite;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one group is under way, and the writes that arrive meanwhile gather into the next, whoever asks for them. Writes of
 * one view are never in one group; they go in the order in which they came.
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
   * What came of the write.
   * @throws {ReadModelUnavailable} the store is away, or would not have this write; its neighbours' faults are not its own
   */
  write(write: ViewWrite): Promise<WriteOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      if (this.#isWriting) return;
      this.#isWriting = true;
      // The next turn, so that writes of the same turn of the event loop share the group.
      setImmediate(() => this.#writeAll());
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#settle(this.#takeGroup());
    this.#isWriting = false;
  }

  /** As many as may be in one group, by number and by weight; one at least. */
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
    // In one order on every node: so those who write the same views at once wait for each other, and none is a deadlock's victim.
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
