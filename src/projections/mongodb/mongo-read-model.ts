import type { Collection, Filter, FindOptions, MongoClient } from 'mongodb';
import { toStorable } from '../exact-text.ts';
import {
  type Batch,
  type BesideStatus,
  type Checkpoint,
  type ImportQuery,
  type Paged,
  type ReadModel,
  ReadModelUnavailable,
  type SetAside,
  type Stored,
  type Unreadable,
  UnreadableView,
  type VersionBeside,
  type WriteOutcome,
} from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { CheckpointDocument } from './checkpoint-document.ts';
import { type Collections, dropContents, makeIndexes } from './collections.ts';
import { type Found, fromDocument, idOf, type Shaped } from './documents.ts';
import { BOUND_MS, bounded, Gate } from './gate.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { importFilter, NEWEST_FIRST } from './import-filter.ts';
import { mend } from './mend.ts';
import { SetAsideDocuments } from './set-aside-documents.ts';
import { writeGroup } from './write-group.ts';

/** So many views are read in one round trip. */
const VIEWS_PER_READ = 1_000;

/** The read model in a MongoDB database that several nodes share. Reads and writes go to the primary. */
export class MongoReadModel implements ReadModel {
  readonly #client: MongoClient;
  readonly #collections: Collections;
  readonly #gate = new Gate();
  readonly #writes: { readonly [K in ViewKind]: GroupedWrites };
  readonly #checkpoint: CheckpointDocument;
  readonly #setAside: SetAsideDocuments;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  /** @param client connected; it is closed with the read model */
  constructor(client: MongoClient, collections: Collections) {
    this.#client = client;
    this.#collections = collections;
    const grouped = (kind: ViewKind) =>
      new GroupedWrites((writes) => writeGroup(collections.views[kind], this.#gate, writes));
    this.#writes = { import: grouped('import'), user: grouped('user'), secret: grouped('secret') };
    this.#checkpoint = new CheckpointDocument(collections.checkpoint, this.#gate);
    this.#setAside = new SetAsideDocuments(collections.setAside, this.#gate);
  }

  get<K extends ViewKind>(kind: K, id: string): Promise<Stored<K> | null> {
    return this.#call(async () => {
      const collection = this.#collections.views[kind];
      const found = await this.#gate.pass(() => collection.findOne({ _id: toStorable(id) }));
      return found === null ? null : readable(kind, found);
    });
  }

  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>> {
    return this.#call(async () => {
      const views = new Map<string, Stored<K> | Unreadable>();
      for (let start = 0; start < ids.length; start += VIEWS_PER_READ) {
        const some = ids.slice(start, start + VIEWS_PER_READ).map((id) => toStorable(id));
        for (const found of await this.#find(kind, { _id: { $in: some } }, { limit: some.length })) {
          views.set(idOf(found), fromDocument(kind, found));
        }
      }
      return views;
    });
  }

  listImports(query: ImportQuery): Promise<Stored<'import'>[]> {
    return this.#call(async () => {
      const found = await this.#find('import', importFilter(query), { sort: NEWEST_FIRST, limit: query.limit });
      return found.map((document) => readable('import', document));
    });
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]> {
    return this.#call(async () => {
      const filter: Filter<Shaped> = after === null ? {} : { _id: { $gt: toStorable(after) } };
      const found = await this.#find(kind, filter, { sort: { _id: 1 }, limit });
      return found.map((document) => {
        const stored = fromDocument(kind, document);
        return 'unreadable' in stored ? { ...stored, id: idOf(document) } : stored;
      });
    });
  }

  write(batch: Batch): Promise<WriteOutcome[]> {
    return this.#call(async () => {
      const { checkpoint } = batch;
      if (checkpoint === undefined) return this.#apply(batch);
      const generation = await this.#checkpoint.begin(checkpoint, () => this.#makeIndexes());
      const outcomes = await this.#apply(batch);
      if (!outcomes.includes('lost')) {
        await this.#checkpoint.move(generation, checkpoint.to.position);
      }
      return outcomes;
    });
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.#call(() => this.#checkpoint.read());
  }

  mend<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome> {
    return this.#call(() => mend(this.#collections.views[kind], this.#gate, { kind, id, before, after }));
  }

  setAside(limit?: number, after?: SetAside): Promise<SetAside[]> {
    return this.#call(() => this.#setAside.list(limit, after));
  }

  /**
   * First no follower's step can move the checkpoint any more, then the views go, and the checkpoint goes last. Removed first, a
   * follower of another node could begin anew, and the views that it wrote would go under its checkpoint. Left as it was until
   * the end, a crash on the way would leave it ahead of the views; as it is, whoever meets it clears again.
   */
  clear(): Promise<void> {
    return this.#call(async () => {
      const { views, setAside } = this.#collections;
      await this.#checkpoint.forbid();
      for (const collection of [views.import, views.user, views.secret, setAside]) {
        await this.#gate.pass(() => dropContents(collection));
      }
      // Of whatever generation: another node that clears at the same time may have let a follower begin before our drops.
      await this.#checkpoint.remove();
    });
  }

  async beside(_madeBy: string): Promise<VersionBeside> {
    throw new Error('not yet');
  }

  async hasBeside(): Promise<BesideStatus | null> {
    return null;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    // It says good-bye to the server, which may not answer.
    await bounded(this.#client.close(), BOUND_MS).catch(() => {});
  }

  /** Every call of the port: refused once it is closed, and finished before it is closed. */
  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw new ReadModelUnavailable('it is closed');
    const working = work();
    this.#underWay.add(working);
    try {
      return await working;
    } finally {
      this.#underWay.delete(working);
    }
  }

  /** Writes what a batch holds, but for the checkpoint. */
  async #apply(batch: Batch): Promise<WriteOutcome[]> {
    const outcomes = await Promise.all(batch.writes.map((write) => this.#writes[write.kind].write(write)));
    await this.#setAside.write(batch);
    return outcomes;
  }

  /** Where there is no checkpoint there may be no collections either, for whatever reason. */
  #makeIndexes(): Promise<void> {
    return this.#gate.pass(() => makeIndexes(this.#collections));
  }

  #find(kind: ViewKind, filter: Filter<Shaped>, options: FindOptions & { readonly limit: number }): Promise<Shaped[]> {
    const collection: Collection<Shaped> = this.#collections.views[kind];
    // One more than the limit, so that the first answer of the server is its last where it is not too large for one.
    return this.#gate.pass(() => collection.find(filter, { ...options, batchSize: options.limit + 1 }).toArray());
  }
}

function readable<K extends ViewKind>(kind: K, found: Found): Stored<K> {
  const stored = fromDocument(kind, found);
  if ('unreadable' in stored) throw new UnreadableView(kind, idOf(found), stored.unreadable);
  return stored;
}
