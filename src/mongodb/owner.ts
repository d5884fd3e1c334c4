import type { Ownership } from '../errors/other-store.ts';
import type { GatedCollection } from './gated-collection.ts';
import { insertNew, put } from './single-document.ts';

const ID = 'owner';

/**
 * Checks whose a store is, and makes it this log's if it is nobody's: a document in one of its collections says so.
 * @param adopt makes the other documents of another log's store this log's, if that is meant
 * @throws {OtherStore | Unavailable}
 */
export async function takeCollection(
  collection: GatedCollection,
  own: Ownership,
  adopt: () => Promise<void>,
): Promise<void> {
  await insertNew(collection, { _id: ID, log: own.log });
  await assertOwned(collection, own, async () => {
    await adopt();
    await put(collection, { _id: ID, log: own.log });
  });
}

/** The same for who only reads. @param adopt is called if the store of another log is meant @throws {OtherStore | Unavailable} */
export async function assertOwned(
  collection: GatedCollection,
  { log, take }: Ownership,
  adopt: () => Promise<void> = async () => {},
): Promise<void> {
  const owner = await ownerOf(collection);
  if (owner === null || owner === log) return;
  await take(owner);
  await adopt();
}

/** Whether a store is this log's, or nobody's. @throws {Unavailable} */
export async function isOwn(collection: GatedCollection, log: string): Promise<boolean> {
  const owner = await ownerOf(collection);
  return owner === null || owner === log;
}

async function ownerOf(collection: GatedCollection): Promise<string | null> {
  const owner = await collection.ask((there) => there.findOne({ _id: ID }));
  return owner === null ? null : String(owner.log);
}
