import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { allOf, collectionsOf, dropContents, isOfAVersion } from './collections.ts';
import type { Shaped } from './documents.ts';
import { BOUND_MS, type Passage } from './gate.ts';
import { LOOK_MS } from './live-version.ts';
import type { VersionsDocument } from './versions-document.ts';

/**
 * Once a version is not live any more, how long a node may still read it: one answer to which version is live is so old, another
 * may take so long to come, and so may the call that goes by it.
 */
const GOING_OVER_MS = LOOK_MS + 2 * BOUND_MS;

/**
 * Removes the collections of versions that are neither live nor beside the live one, once no node can be at work on them.
 * @throws {ReadModelUnavailable} they are left to the next who does this
 */
export async function removeUnused(database: Db, versions: VersionsDocument, gate: Passage): Promise<void> {
  const listed = await gate.pass(() => database.listCollections({}, { nameOnly: true }).toArray());
  const names = listed.map(({ name }) => name).filter(isOfAVersion);
  // After the list: a version is in the document before it has collections, so what is listed and unused now is so for ever.
  const unused = await unusedAmong(names, database, versions);
  if (unused.length === 0) return;
  await sleep(GOING_OVER_MS);
  // Again, as nothing is brought back once it is dropped: FerretDB's updates may undo each other.
  for (const name of await unusedAmong(unused, database, versions)) {
    await gate.pass(() => dropContents(database.collection<Shaped>(name)));
  }
}

async function unusedAmong(names: readonly string[], database: Db, versions: VersionsDocument): Promise<string[]> {
  const { live, beside } = await versions.read();
  const used = [live, ...(beside === null ? [] : [beside.id])].flatMap((id) => allOf(collectionsOf(database, id)));
  const usedNames = new Set(used.map(({ collectionName }) => collectionName));
  return names.filter((name) => !usedNames.has(name));
}

/** Removes a version that never was live, which no node reads. @throws {ReadModelUnavailable} */
export async function removeVersion(database: Db, id: string, gate: Passage): Promise<void> {
  for (const collection of allOf(collectionsOf(database, id))) await gate.pass(() => dropContents(collection));
}
