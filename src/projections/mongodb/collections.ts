import type { Collection, Db, IndexDescription } from 'mongodb';
import type { ViewKind } from '../views.ts';
import { collectionNames, type Shaped } from './documents.ts';
import { DUPLICATE_KEY, hasCode, NAMESPACE_NOT_FOUND } from './failures.ts';
import { NEWEST_FIRST } from './import-filter.ts';

/** The collections of the read model's database. */
export interface Collections {
  readonly views: { readonly [K in ViewKind]: Collection<Shaped> };
  readonly checkpoint: Collection<Shaped>;
  readonly setAside: Collection<Shaped>;
}

/** Oldest first; two of one position, which no log has, by their id. */
export const OLDEST_FIRST = { position: 1, _id: 1 } as const;

const importIndexes: IndexDescription[] = [
  { name: 'by_time', key: { organization_id: 1, ...NEWEST_FIRST } },
  { name: 'by_album', key: { organization_id: 1, album_id: 1, ...NEWEST_FIRST } },
  { name: 'by_type', key: { organization_id: 1, import_type: 1, ...NEWEST_FIRST } },
];

const setAsideIndexes: IndexDescription[] = [{ name: 'by_position', key: OLDEST_FIRST }];

export function collectionsOf(database: Db): Collections {
  const views = (kind: ViewKind) => database.collection<Shaped>(collectionNames[kind]);
  // Positions are exact as bigint only.
  const exact = { useBigInt64: true };
  return {
    views: { import: views('import'), user: views('user'), secret: views('secret') },
    checkpoint: database.collection<Shaped>('checkpoint', exact),
    setAside: database.collection<Shaped>('set_aside', exact),
  };
}

/** Makes the indexes that are missing. Needs the primary, and the right to write. */
export async function makeIndexes({ views, setAside }: Collections): Promise<void> {
  // One at a time: FerretDB 1.24 ends the connection where two of a command's indexes are there already.
  for (const index of importIndexes) await views.import.createIndexes([index]);
  for (const index of setAsideIndexes) await setAside.createIndexes([index]);
}

/** Throws a collection's contents away: by dropping it, since deleting a million documents takes longer than anything may. */
export async function dropContents(collection: Collection<Shaped>): Promise<void> {
  await collection.drop().catch(unless(NAMESPACE_NOT_FOUND));
}

/** Whether it was inserted; false where one with its id was there. */
export async function insertNew(collection: Collection<Shaped>, document: Shaped): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    unless(DUPLICATE_KEY)(error);
    return false;
  }
}

/** For `catch`: takes the server's answer with this code for success, and throws anything else on. */
function unless(code: number): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, code)) throw error;
  };
}
