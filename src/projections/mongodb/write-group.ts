import type { AnyBulkWriteOperation, BulkWriteResult, Collection } from 'mongodb';
import { ReadModelUnavailable } from '../errors.ts';
import type { ViewWrite, WriteOutcome } from '../projector-store.ts';
import type { ViewCollection } from './collections.ts';
import { type Shaped, toDocument } from './documents.ts';
import { DUPLICATE_KEY, isConflict, resultDespite } from './failures.ts';
import type { GatedCollection } from './gated-collection.ts';

/** So many writes at most take no longer than one. */
const FEW = 10;

/** What came of one write of a group; an error is why the store would not have this one. */
export type Written = WriteOutcome | ReadModelUnavailable;

/** What the server said to a bulk write: how many updates met their document, and which operations failed. */
interface Reply {
  readonly matched: number;
  /** By the place of the operation: the error's code and text. */
  readonly failures: ReadonlyMap<number, { readonly code: number; readonly message: string }>;
}

/**
 * Compares and sets views of one collection, each of another id, in one bulk write; gives what came of each, in order.
 * @throws {ReadModelUnavailable} which of them were written is unknown
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
 * The server only counts the updates that met their document. Where that is neither all nor none, the revisions tell: a view at a
 * revision is what its stream's events up to there make of it, so one that is at the revision it should have was written, by
 * this projector or by another.
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
