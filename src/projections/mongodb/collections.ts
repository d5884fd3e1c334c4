import type { Collection, Db, IndexDescription } from 'mongodb';
import type { ViewKind } from '../views.ts';
import { collectionNames, type Shaped } from './documents.ts';
import { DUPLICATE_KEY, hasCode, NAMESPACE_NOT_FOUND } from './failures.ts';
import { NEWEST_FIRST } from './import-filter.ts';

/** The collections of one version of the views. */
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

/** The collections of the version with this id; null: the first, whose names are plain. */
export function collectionsOf(database: Db, version: string | null): Collections {
  // Positions are exact as bigint only.
  const collection = (name: string, exact = false) =>
    database.collection<Shaped>(`${name}${suffixOf(version)}`, { useBigInt64: exact });
  const views = (kind: ViewKind) => collection(collectionNames[kind]);
  return {
    views: { import: views('import'), user: views('user'), secret: views('secret') },
    checkpoint: collection('checkpoint', true),
    setAside: collection('set_aside', true),
  };
}

/** Every collection of the version, those that no write has made yet too. */
export function allOf({ views, checkpoint, setAside }: Collections): Collection<Shaped>[] {
  return [...Object.values(views), setAside, checkpoint];
}

/** Whether it is the name of a collection of any version. */
export function isOfAVersion(name: string): boolean {
  return /^(imports|users|secrets|checkpoint|set_aside)(_[0-9a-f]{8})?$/.test(name);
}

function suffixOf(version: string | null): string {
  return version === null ? '' : `_${version.slice(0, 8)}`;
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
