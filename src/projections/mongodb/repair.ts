import type { Filter } from 'mongodb';
import type { Shaped } from '../../mongodb/document.ts';
import { insertNew } from '../../mongodb/single-document.ts';
import { toStorable } from '../exact-text.ts';
import type { WriteOutcome } from '../projector-store.ts';
import type { Stored, Unreadable } from '../queries.ts';
import type { ViewCollection } from './collections.ts';
import { fromDocument, toDocument } from './documents.ts';

/**
 * The port's `repair` over the collection of the view's kind.
 * @throws {ReadModelUnavailable} whether it was written is unknown
 */
export async function repair(
  collection: ViewCollection,
  id: string,
  before: Stored | Unreadable | null,
  after: Stored | null,
): Promise<WriteOutcome> {
  const { shape, documents } = collection;
  const document = after === null ? null : toDocument(shape, after);
  if (before === null) {
    const isInserted = document !== null && (await insertNew(documents, document));
    return isInserted ? 'written' : 'conflict';
  }
  const filter = await filterOf(collection, toStorable(id), before);
  if (filter === null) return 'conflict';
  if (document === null) {
    const { deletedCount } = await documents.ask((there) => there.deleteOne(filter));
    return deletedCount === 1 ? 'written' : 'conflict';
  }
  const { _id, ...fields } = document;
  const { matchedCount } = await documents.ask((there) => there.replaceOne(filter, fields));
  return matchedCount === 1 ? 'written' : 'conflict';
}

/** A filter that matches only the unchanged view; null if it has changed. */
async function filterOf(
  { shape, documents }: ViewCollection,
  _id: string,
  before: Stored | Unreadable,
): Promise<Filter<Shaped> | null> {
  if ('revision' in before) return { _id, revision: before.revision };
  // The revision of an unreadable view may be anything, or missing.
  const found = await documents.ask((there) => there.findOne({ _id }));
  if (found === null || 'revision' in fromDocument(shape, found)) return null;
  return { _id, revision: 'revision' in found ? found.revision : { $exists: false } };
}
