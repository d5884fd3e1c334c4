import type { Batch, WriteOutcome } from '../projector-store.ts';
import type { Stored, Unreadable } from '../queries.ts';
import type { ReadModel } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { type Collections, dropContents, makeIndexes } from './collections.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { MongoViewsForReading } from './mongo-views-for-reading.ts';
import { repair } from './repair.ts';
import { writeGroup } from './write-group.ts';

/** The read model in a MongoDB database that several nodes share: one version of the views. Reads and writes go to the primary. */
export class MongoReadModel extends MongoViewsForReading implements ReadModel {
  /** By kind. */
  readonly #writes: ReadonlyMap<string, GroupedWrites>;

  /** @param onClose is called once, when the last call has ended */
  constructor(collections: Collections, onClose: () => Promise<void>) {
    super(collections, onClose);
    const grouped = Array.from(collections.views, ([kind, views]) => {
      return [kind, new GroupedWrites(views.shape, (writes) => writeGroup(views, writes))] as const;
    });
    this.#writes = new Map(grouped);
  }

  write(batch: Batch): Promise<WriteOutcome[]> {
    return this.call(async () => {
      const { checkpoint } = batch;
      if (checkpoint === undefined) return this.#apply(batch);
      // Where there is no checkpoint there may be no collections either, for whatever reason.
      const generation = await this.checkpointDocument.begin(checkpoint, () => makeIndexes(this.collections));
      const outcomes = await this.#apply(batch);
      if (!outcomes.includes('conflict')) {
        await this.checkpointDocument.move(generation, checkpoint.to.position);
      }
      return outcomes;
    });
  }

  repair<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome> {
    return this.call(async () => repair(this.views(kind), id, before, after));
  }

  markFilled(generation: string): Promise<void> {
    return this.call(() => this.checkpointDocument.markFilled(generation));
  }

  noteUse(generation: string): Promise<void> {
    return this.call(() => this.checkpointDocument.noteUse(generation));
  }

  /**
   * First no follower's step can move the checkpoint any more, then the views go, and the checkpoint goes last. Removed first, a
   * follower of another node could begin anew, and the views that it wrote would go under its checkpoint. Left as it was until
   * the end, a crash on the way would leave it ahead of the views; as it is, whoever meets it clears again.
   */
  clear(): Promise<void> {
    return this.call(async () => {
      const { views, quarantine } = this.collections;
      await this.checkpointDocument.forbid();
      for (const { documents } of views.values()) await dropContents(documents);
      await dropContents(quarantine);
      // Of whatever generation: another node that clears at the same time may have let a follower begin before our drops.
      await this.checkpointDocument.remove();
    });
  }

  /** Writes what a batch holds, but for the checkpoint. */
  async #apply(batch: Batch): Promise<WriteOutcome[]> {
    const outcomes = await Promise.all(batch.writes.map((write) => this.#writesOf(write.kind).write(write)));
    await this.quarantine.write(batch);
    return outcomes;
  }

  #writesOf(kind: string): GroupedWrites {
    const writes = this.#writes.get(kind);
    if (writes === undefined) throw new TypeError(`no view is called ${kind}`);
    return writes;
  }
}
