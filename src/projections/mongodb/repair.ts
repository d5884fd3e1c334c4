import type { Filter } from 'mongodb';
import { toStorable } from '../exact-text.ts';
import type { Stored, Unreadable, ViewWrite, WriteOutcome } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { insertNew } from './collections.ts';
import { fromDocument, SCHEMA, type Shaped, toDocument } from './documents.ts';
import type { GatedCollection } from './gated-collection.ts';

export interface Repairing {
  readonly kind: ViewKind;
  readonly id: string;
  readonly before: Stored | Unreadable | null;
  readonly after: Stored | null;
}

/**
 * The port's `repair` over the collection of the view's kind.
 * @throws {ReadModelUnavailable} whether it was written is unknown
 */
export async function repair(collection: GatedCollection, repairing: Repairing): Promise<WriteOutcome> {
  const { kind, id, before, after } = repairing;
  const document = after === null ? null : toDocument({ kind, expectedRevision: null, ...after } as ViewWrite);
  if (before === null) {
    const isInserted = document !== null && (await insertNew(collection, document));
    return isInserted ? 'written' : 'conflict';
  }
  const filter = await filterOf(collection, kind, toStorable(id), before);
  if (filter === null) return 'conflict';
  if (document === null) {
    const { deletedCount } = await collection.ask((there) => there.deleteOne(filter));
    return deletedCount === 1 ? 'written' : 'conflict';
  }
  const { _id, ...fields } = document;
  const { matchedCount } = await collection.ask((there) => there.replaceOne(filter, fields));
  return matchedCount === 1 ? 'written' : 'conflict';
}

/** What finds the view only as it was; null where it is not so any more. */
async function filterOf(
  collection: GatedCollection,
  kind: ViewKind,
  _id: string,
  before: Stored | Unreadable,
): Promise<Filter<Shaped> | null> {
  if ('revision' in before) return { _id, schema: SCHEMA, revision: before.revision };
  // A view of another version has a revision of its own kind, if any: it is known by what it has in that place.
  const found = await collection.ask((there) => there.findOne({ _id }));
  if (found === null || 'revision' in fromDocument(kind, found)) return null;
  return { _id, ...having(found, 'schema'), ...having(found, 'revision') };
}

function having(found: Shaped, field: 'schema' | 'revision'): Filter<Shaped> {
  return { [field]: field in found ? found[field] : { $exists: false } };
}
