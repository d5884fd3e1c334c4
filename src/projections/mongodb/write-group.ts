import type { AnyBulkWriteOperation, BulkWriteResult, Collection } from 'mongodb';
import type { Shaped } from '../../mongodb/document.ts';
import { DUPLICATE_KEY, isConflict, resultDespite } from '../../mongodb/failures.ts';
import type { GatedCollection } from '../../mongodb/gated-collection.ts';
import { ReadModelUnavailable } from '../errors.ts';
import type { ViewWrite, WriteOutcome } from '../projector-store.ts';
import type { ViewCollection } from './collections.ts';
import { toDocument } from './documents.ts';

/** So many writes take no longer than one. */
const FEW = 10;

/** The outcome of one write of a group; an error if the store refused it. */
export type Written = WriteOutcome | ReadModelUnavailable;

/** The server's answer to a bulk write: how many updates matched their document, and which operations failed. */
interface Reply {
  readonly matched: number;
  /** The error's code and text, by the index of the operation. */
  readonly failures: ReadonlyMap<number, { readonly code: number; readonly message: string }>;
}

/**
 * Compares and sets views of one collection with different ids in one bulk write. Returns the outcome of each, in order.
 * @throws {ReadModelUnavailable} it is unknown which of them were written
 */
export async function writeGroup(
  { shape, documents: collection }: ViewCollection,
  writes: readonly ViewWrite[],
): Promise<Written[]> {
  const documents = writes.map((write) => toDocument(shape, write));
  const operations = writes.map(({ expectedRevision }, index) =>
    operationOf(expectedRevision, documents[index] as Shaped),
  );
  const { matched, failures } = await collection.ask(
    (there) => bulkWrite(there, operations),
    writes.length > FEW ? 'documents' : 'document',
  );
  const updates = documents.filter((_, index) => writes[index]?.expectedRevision !== null && !failures.has(index));
  const hit = await whichMatched(collection, updates, matched);
  return writes.map(({ expectedRevision }, index) => {
    const failure = failures.get(index);
    if (failure !== undefined)
      return failure.code === DUPLICATE_KEY ? 'conflict' : new ReadModelUnavailable(failure.message);
    return expectedRevision === null || hit.has(documents[index] as Shaped) ? 'written' : 'conflict';
  });
}

function operationOf(expectedRevision: number | null, document: Shaped): AnyBulkWriteOperation<Shaped> {
  if (expectedRevision === null) return { insertOne: { document } };
  const { _id, ...replacement } = document;
  return { replaceOne: { filter: { _id, revision: expectedRevision }, replacement } };
}

async function bulkWrite(
  collection: Collection<Shaped>,
  operations: readonly AnyBulkWriteOperation<Shaped>[],
): Promise<Reply> {
  try {
    return replyOf(await collection.bulkWrite(operations, { ordered: false }));
  } catch (error) {
    const result = resultDespite(error);
    if (result === null || isConflict(error)) throw error;
    return replyOf(result);
  }
}

function replyOf(result: BulkWriteResult): Reply {
  const failures = result
    .getWriteErrors()
    .map(({ index, code, errmsg }) => [index, { code, message: errmsg ?? `code ${code}` }] as const);
  return { matched: result.matchedCount, failures: new Map(failures) };
}

/**
 * The server only counts the updates that matched their document. If that is neither all nor none, the revisions are read: a view at its
 * new revision was written, by this projector or by another, because the events up to a revision always give the same view.
 */
async function whichMatched(
  collection: GatedCollection,
  updates: readonly Shaped[],
  matched: number,
): Promise<ReadonlySet<Shaped>> {
  if (matched === 0) return new Set();
  if (matched === updates.length) return new Set(updates);
  const ids = updates.map(({ _id }) => _id);
  const options = { projection: { revision: 1 }, batchSize: ids.length + 1 };
  const found = await collection.ask((there) => there.find({ _id: { $in: ids } }, options).toArray(), 'documents');
  const revisions = new Map(found.map(({ _id, revision }) => [_id, revision]));
  return new Set(updates.filter(({ _id, revision }) => revisions.get(_id) === revision));
}
