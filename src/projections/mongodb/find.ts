import type { Filter, FindOptions } from 'mongodb';
import type { Shaped } from '../../mongodb/document.ts';
import type { GatedCollection } from '../../mongodb/gated-collection.ts';
import { toStorable } from '../exact-text.ts';

/** So many views are read in one round trip. */
const VIEWS_PER_READ = 1_000;

/** @throws {ReadModelUnavailable} */
export function find(
  collection: GatedCollection,
  filter: Filter<Shaped>,
  options: FindOptions & { readonly limit: number },
): Promise<Shaped[]> {
  // One more than the limit, so that one answer of the server is enough unless it is too large.
  const batchSize = options.limit + 1;
  return collection.ask(
    (there) => there.find(filter, { ...options, batchSize }).toArray(),
    options.limit > 1 ? 'documents' : 'document',
  );
}

/** The first `limit` documents with ids after `after`, ascending by id. @throws {ReadModelUnavailable} */
export function findPage(collection: GatedCollection, after: string | null, limit: number): Promise<Shaped[]> {
  const filter: Filter<Shaped> = after === null ? {} : { _id: { $gt: toStorable(after) } };
  return find(collection, filter, { sort: { _id: 1 }, limit });
}

/** The documents with these ids that exist, in any order. @throws {ReadModelUnavailable} */
export async function findMany(collection: GatedCollection, ids: readonly string[]): Promise<Shaped[]> {
  const found: Shaped[] = [];
  for (let start = 0; start < ids.length; start += VIEWS_PER_READ) {
    const some = ids.slice(start, start + VIEWS_PER_READ).map((id) => toStorable(id));
    // FerretDB uses its index only for a single id. For a list it reads the whole collection, which may take too long.
    const filter: Filter<Shaped> = { _id: some.length === 1 ? some[0] : { $in: some } };
    found.push(...(await find(collection, filter, { limit: some.length })));
  }
  return found;
}
