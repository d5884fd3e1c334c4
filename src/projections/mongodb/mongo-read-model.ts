import { dropContents } from '../../mongodb/drop-contents.ts';
import type { Batch, WriteOutcome } from '../projector-store.ts';
import type { Stored, Unreadable } from '../queries.ts';
import type { ReadModel } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { type Collections, makeIndexes } from './collections.ts';
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
      // If there is no checkpoint, there may be no collections either.
      const generation = await this.checkpointDocument.begin(checkpoint, () => makeIndexes(this.collections));
      const outcomes = await this.#apply(batch);
      if (!outcomes.includes('conflict')) {
        await this.checkpointDocument.move(generation, checkpoint.to);
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
   * First the checkpoint is blocked, then the views are removed, then the checkpoint. If it were removed first, a follower of another node
   * could begin again, and its views would be removed under its checkpoint. If it were not blocked, a crash on the way would leave it
   * ahead of the views. A process that finds the blocked checkpoint clears again.
   */
  clear(): Promise<void> {
    return this.call(async () => {
      const { views, quarantine } = this.collections;
      await this.checkpointDocument.forbid();
      for (const { documents } of views.values()) await dropContents(documents);
      await dropContents(quarantine);
      // Of any generation: if another node clears at the same time, a follower may have begun before our drops.
      await this.checkpointDocument.remove();
    });
  }

  /** Writes a batch without its checkpoint. */
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
