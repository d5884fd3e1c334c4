import type { Filter, FindOptions } from 'mongodb';
import { toStorable } from '../exact-text.ts';
import { ImportPageBounds } from '../import-page.ts';
import {
  type Batch,
  type Checkpoint,
  type ImportPage,
  type ImportQuery,
  type Owner,
  type Paged,
  type QuarantinedEvent,
  type Stored,
  type Unreadable,
  UnreadableView,
  type WriteOutcome,
} from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { CheckpointDocument } from './checkpoint-document.ts';
import { type Collections, collectionsOf, dropContents, makeIndexes } from './collections.ts';
import { type Found, fromDocument, idOf, ownerIn, PARAMS_LENGTH, paramsLengthOf, type Shaped } from './documents.ts';
import type { Passage } from './gate.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { importFilter, NEWEST_FIRST } from './import-filter.ts';
import { QuarantineDocuments } from './quarantine-documents.ts';
import { type Repairing, repair } from './repair.ts';
import { Succession } from './succession.ts';
import { writeGroup } from './write-group.ts';

/** So many views are read in one round trip. */
const VIEWS_PER_READ = 1_000;

/** One version of the views, and what the port does with it: collections of its own. Every call rejects as the port says. */
export class Version {
  /** Null: the first version, which has none. */
  readonly id: string | null;
  readonly #collections: Collections;
  readonly #writes: { readonly [K in ViewKind]: GroupedWrites };
  readonly #checkpoint: CheckpointDocument;
  readonly #quarantined: QuarantineDocuments;
  #succession: Succession | null;

  /** @param isSuccessor whether views of another version, whose place it takes, may be in hand */
  constructor(gate: Passage, id: string | null, isSuccessor = false) {
    this.id = id;
    const collections = collectionsOf(gate, id);
    this.#collections = collections;
    const grouped = (kind: ViewKind) => new GroupedWrites((writes) => writeGroup(collections.views[kind], writes));
    this.#writes = { import: grouped('import'), user: grouped('user'), secret: grouped('secret') };
    this.#checkpoint = new CheckpointDocument(collections.checkpoint);
    this.#quarantined = new QuarantineDocuments(collections.quarantined);
    this.#succession = isSuccessor ? new Succession() : null;
  }

  async get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null> {
    this.#noteRead(kind, [id]);
    const ofOne = organizationId !== undefined && { organization_id: toStorable(organizationId) };
    const found = await this.#collections.views[kind].ask((there) => there.findOne({ _id: toStorable(id), ...ofOne }));
    return found === null ? null : readable(kind, found);
  }

  async ownerOf(kind: ViewKind, id: string): Promise<Owner | null> {
    const projection = { organization_id: 1, revision: 1 };
    const found = await this.#collections.views[kind].ask((there) =>
      there.findOne({ _id: toStorable(id) }, { projection }),
    );
    return found === null ? null : ownerIn(found);
  }

  async getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>> {
    this.#noteRead(kind, ids);
    const views = new Map<string, Stored<K> | Unreadable>();
    for (let start = 0; start < ids.length; start += VIEWS_PER_READ) {
      const some = ids.slice(start, start + VIEWS_PER_READ).map((id) => toStorable(id));
      // For the sole id, FerretDB's index serves; for any list, it reads the whole collection, which may take longer than anything may.
      const filter: Filter<Shaped> = { _id: some.length === 1 ? some[0] : { $in: some } };
      for (const found of await this.#find(kind, filter, { limit: some.length })) {
        views.set(idOf(found), fromDocument(kind, found));
      }
    }
    return views;
  }

  /** Two round trips: how long the parameters of each are, and then those that fit on the page. */
  async listImports(query: ImportQuery): Promise<ImportPage> {
    const [filter, sort] = [importFilter(query), NEWEST_FIRST];
    const next = await this.#find('import', filter, {
      sort,
      limit: query.limit + 1,
      projection: { [PARAMS_LENGTH]: 1 },
    });
    const bounds = new ImportPageBounds(query);
    const cut = next.findIndex((document) => !bounds.takes(paramsLengthOf(document)));
    const fitting = cut === -1 ? next : next.slice(0, cut);
    if (fitting.length === 0) return { imports: [], isLast: true };
    const found = await this.#find('import', filter, { sort, limit: fitting.length });
    // Imports that arrived in between have pushed others off the end of the page: then there are more.
    const isLast = cut === -1 && found.at(-1)?._id === fitting.at(-1)?._id;
    return { imports: found.map((document) => readable('import', document)), isLast };
  }

  async page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]> {
    const filter: Filter<Shaped> = after === null ? {} : { _id: { $gt: toStorable(after) } };
    const found = await this.#find(kind, filter, { sort: { _id: 1 }, limit });
    return found.map((document) => {
      const stored = fromDocument(kind, document);
      return 'unreadable' in stored ? { ...stored, id: idOf(document) } : stored;
    });
  }

  async write(batch: Batch): Promise<WriteOutcome[]> {
    const { checkpoint } = batch;
    if (checkpoint === undefined) return this.#apply(batch);
    // Where there is no checkpoint there may be no collections either, for whatever reason.
    const generation = await this.#checkpoint.begin(checkpoint, () => this.makeIndexes());
    const outcomes = await this.#apply(batch);
    if (!outcomes.includes('conflict')) {
      await this.#checkpoint.move(generation, checkpoint.to.position);
    }
    return outcomes;
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.#checkpoint.read();
  }

  repair(repairing: Repairing): Promise<WriteOutcome> {
    return repair(this.#collections.views[repairing.kind], repairing);
  }

  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    return this.#quarantined.list(limit, after);
  }

  /**
   * First no follower's step can move the checkpoint any more, then the views go, and the checkpoint goes last. Removed first, a
   * follower of another node could begin anew, and the views that it wrote would go under its checkpoint. Left as it was until
   * the end, a crash on the way would leave it ahead of the views; as it is, whoever meets it clears again.
   */
  async clear(): Promise<void> {
    const { views, quarantined } = this.#collections;
    await this.#checkpoint.forbid();
    for (const collection of [views.import, views.user, views.secret, quarantined]) await dropContents(collection);
    // Of whatever generation: another node that clears at the same time may have let a follower begin before our drops.
    await this.#checkpoint.remove();
  }

  makeIndexes(): Promise<void> {
    return makeIndexes(this.#collections);
  }

  /** Writes what a batch holds, but for the checkpoint. */
  async #apply(batch: Batch): Promise<WriteOutcome[]> {
    const outcomes = await Promise.all(batch.writes.map((write) => this.#write(write)));
    await this.#quarantined.write(batch);
    return outcomes;
  }

  #write(write: Batch['writes'][number]): WriteOutcome | Promise<WriteOutcome> {
    // Lost: its projector reads the view that is here and folds again.
    return this.#inSuccession()?.isOfTheOneBefore(write) ? 'conflict' : this.#writes[write.kind].write(write);
  }

  #noteRead(kind: ViewKind, ids: readonly string[]): void {
    this.#inSuccession()?.noteRead(kind, ids);
  }

  #inSuccession(): Succession | null {
    if (this.#succession?.isOver()) this.#succession = null;
    return this.#succession;
  }

  #find(kind: ViewKind, filter: Filter<Shaped>, options: FindOptions & { readonly limit: number }): Promise<Shaped[]> {
    // One more than the limit, so that the first answer of the server is its last where it is not too large for one.
    const batchSize = options.limit + 1;
    return this.#collections.views[kind].ask(
      (there) => there.find(filter, { ...options, batchSize }).toArray(),
      options.limit > 1 ? 'documents' : 'document',
    );
  }
}

function readable<K extends ViewKind>(kind: K, found: Found): Stored<K> {
  const stored = fromDocument(kind, found);
  if ('unreadable' in stored) throw new UnreadableView(kind, idOf(found), stored.unreadable);
  return stored;
}
