import type { IndexDescription } from 'mongodb';
import type { ViewKind } from '../views.ts';
import { collectionNames, type Shaped } from './documents.ts';
import { DUPLICATE_KEY, hasCode, NAMESPACE_NOT_FOUND } from './failures.ts';
import type { Passage } from './gate.ts';
import { GatedCollection } from './gated-collection.ts';
import { NEWEST_FIRST } from './import-filter.ts';

/** The collections of one version of the views. */
export interface Collections {
  readonly views: { readonly [K in ViewKind]: GatedCollection };
  readonly checkpoint: GatedCollection;
  readonly quarantined: GatedCollection;
}

/** Oldest first; two of one position, which no log has, by their id. */
export const OLDEST_FIRST = { position: 1, _id: 1 } as const;

const importIndexes: IndexDescription[] = [
  { name: 'by_time', key: { organization_id: 1, ...NEWEST_FIRST } },
  { name: 'by_album', key: { organization_id: 1, album_id: 1, ...NEWEST_FIRST } },
  { name: 'by_type', key: { organization_id: 1, import_type: 1, ...NEWEST_FIRST } },
  { name: 'by_album_and_type', key: { organization_id: 1, album_id: 1, import_type: 1, ...NEWEST_FIRST } },
];

const quarantineIndexes: IndexDescription[] = [{ name: 'by_position', key: OLDEST_FIRST }];

/** The collections of the version with this id; null: the first, whose names are plain. */
export function collectionsOf(gate: Passage, version: string | null): Collections {
  // Positions are exact as bigint only.
  const collection = (name: string, exact = false) =>
    new GatedCollection(gate, `${name}${suffixOf(version)}`, { useBigInt64: exact });
  const views = (kind: ViewKind) => collection(collectionNames[kind]);
  return {
    views: { import: views('import'), user: views('user'), secret: views('secret') },
    checkpoint: collection('checkpoint', true),
    quarantined: collection('set_aside', true),
  };
}

/** Every collection of the version, those that no write has made yet too. */
export function allOf({ views, checkpoint, quarantined }: Collections): GatedCollection[] {
  return [...Object.values(views), quarantined, checkpoint];
}

/** Whether it is the name of a collection of any version. */
export function isOfAVersion(name: string): boolean {
  return /^(imports|users|secrets|checkpoint|set_aside)(_[0-9a-f]{8})?$/.test(name);
}

function suffixOf(version: string | null): string {
  return version === null ? '' : `_${version.slice(0, 8)}`;
}

/** Makes the indexes that are missing. Needs the primary, and the right to write. @throws {ReadModelUnavailable} */
export async function makeIndexes({ views, quarantined }: Collections): Promise<void> {
  // One at a time: FerretDB 1.24 ends the connection where two of a command's indexes are there already.
  for (const index of importIndexes) await make(views.import, index);
  for (const index of quarantineIndexes) await make(quarantined, index);
}

async function make(collection: GatedCollection, index: IndexDescription): Promise<void> {
  await collection.ask((there) => there.createIndexes([index]), 'collection');
}

/**
 * Throws a collection's contents away: by dropping it, since deleting a million documents takes longer than anything may.
 * @throws {ReadModelUnavailable}
 */
export async function dropContents(collection: GatedCollection): Promise<void> {
  await collection.ask((there) => there.drop().catch(unless(NAMESPACE_NOT_FOUND)), 'collection');
}

/** Whether it was inserted; false where one with its id was there. @throws {ReadModelUnavailable} */
export function insertNew(collection: GatedCollection, document: Shaped): Promise<boolean> {
  return collection.ask((there) =>
    there.insertOne(document).then(
      () => true,
      (error) => {
        unless(DUPLICATE_KEY)(error);
        return false;
      },
    ),
  );
}

/** For `catch`: takes the server's answer with this code for success, and throws anything else on. */
function unless(code: number): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, code)) throw error;
  };
}
