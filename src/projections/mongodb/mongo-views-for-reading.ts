import { Closable } from '../../mongodb/closable.ts';
import type { Found } from '../../mongodb/document.ts';
import { ReadModelUnavailable, UnreadableView } from '../errors.ts';
import { toStorable } from '../exact-text.ts';
import { PageBounds } from '../page-bounds.ts';
import type { Checkpoint, QuarantinedEvent } from '../projector-store.ts';
import type { ListedKind, ListPage, ListQuery, Owner, Stored, Unreadable } from '../queries.ts';
import type { Paged, ReadModelReader } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import type { WorkQueries } from '../work-queries.ts';
import { CheckpointDocument } from './checkpoint-document.ts';
import type { Collections, ViewCollection } from './collections.ts';
import { fromDocument, idOf, lengthField, ownerIn } from './documents.ts';
import { find, findMany, findPage } from './find.ts';
import { listFilter, NEWEST_FIRST } from './list-filter.ts';
import { QuarantineDocuments } from './quarantine-documents.ts';
import { QueueDocuments } from './queue-documents.ts';

/** Reads one version of the views in a MongoDB database, from the primary. */
export class MongoViewsForReading extends Closable implements ReadModelReader {
  readonly work: WorkQueries = {
    organizationsWithWork: (...asked) => this.call(() => this.#queue().organizationsWithWork(...asked)),
    due: (...asked) => this.call(() => this.#queue().due(...asked)),
    expired: (...asked) => this.call(() => this.#queue().expired(...asked)),
    workload: (...asked) => this.call(() => this.#queue().workload(...asked)),
  };
  protected readonly collections: Collections;
  protected readonly checkpointDocument: CheckpointDocument;
  protected readonly quarantine: QuarantineDocuments;

  /** @param onClose is called once, when the last call has ended */
  constructor(collections: Collections, onClose: () => Promise<void>) {
    super(() => new ReadModelUnavailable('it is closed'), onClose);
    const names = Array.from(collections.views.values(), ({ shape }) => shape.name);
    this.collections = collections;
    this.checkpointDocument = new CheckpointDocument(collections.checkpoint, names);
    this.quarantine = new QuarantineDocuments(collections.quarantine);
  }

  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null> {
    return this.call(async () => {
      const { shape, documents } = this.views(kind);
      // By the id alone: FerretDB 1 reads the whole collection for any other filter.
      const found = await documents.ask((there) => there.findOne({ _id: toStorable(id) }));
      if (found === null || (organizationId !== undefined && ownerIn(found)?.organizationId !== organizationId))
        return null;
      return readable(kind, fromDocument<K>(shape, found), found);
    });
  }

  ownerOf(kind: ViewKind, id: string): Promise<Owner | null> {
    return this.call(async () => {
      const projection = { organization_id: 1, revision: 1 };
      const { documents } = this.views(kind);
      const found = await documents.ask((there) => there.findOne({ _id: toStorable(id) }, { projection }));
      return found === null ? null : ownerIn(found);
    });
  }

  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>> {
    return this.call(async () => {
      const { shape, documents } = this.views(kind);
      const found = await findMany(documents, ids);
      return new Map(found.map((document) => [idOf(document), fromDocument<K>(shape, document)]));
    });
  }

  /** Two round trips: first the lengths of the views, then the views that fit on the page. */
  list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>> {
    return this.call(async () => {
      const { shape, documents } = this.views(kind);
      const length = lengthField(shape);
      if (shape.list === undefined || length === null) throw new TypeError(`views of ${kind} are not listed`);
      const [filter, sort] = [listFilter(shape.list, query), NEWEST_FIRST];
      const next = await find(documents, filter, { sort, limit: query.limit + 1, projection: { [length]: 1 } });
      const bounds = new PageBounds(query);
      const cut = next.findIndex((document) => !bounds.takes(lengthIn(document, length)));
      const fitting = cut === -1 ? next : next.slice(0, cut);
      if (fitting.length === 0) return { items: [], isLast: true };
      const found = await find(documents, filter, { sort, limit: fitting.length });
      // If views that arrived in between have pushed others off the page, there are more.
      const isLast = cut === -1 && found.at(-1)?._id === fitting.at(-1)?._id;
      return { items: found.map((document) => readable(kind, fromDocument<K>(shape, document), document)), isLast };
    });
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]> {
    return this.call(async () => {
      const { shape, documents } = this.views(kind);
      const found = await findPage(documents, after, limit);
      return found.map((document) => {
        const stored = fromDocument<K>(shape, document);
        return 'unreadable' in stored ? { ...stored, id: idOf(document) } : stored;
      });
    });
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.call(() => this.checkpointDocument.read());
  }

  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    return this.call(() => this.quarantine.list(limit, after));
  }

  #queue(): QueueDocuments {
    return new QueueDocuments(this.views('import').documents);
  }

  protected views(kind: string): ViewCollection {
    const views = this.collections.views.get(kind);
    if (views === undefined) throw new TypeError(`no view is called ${kind}`);
    return views;
  }
}

function readable<K extends ViewKind>(kind: K, stored: Stored<K> | Unreadable, found: Found): Stored<K> {
  if ('unreadable' in stored) throw new UnreadableView(kind, idOf(found), stored.unreadable);
  return stored;
}

/** A view without a known length gets its own page. */
function lengthIn(found: Found, field: string): number {
  const length = found[field];
  return typeof length === 'number' ? length : Number.POSITIVE_INFINITY;
}
