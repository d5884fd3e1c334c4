import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDS_MS } from './bounds.ts';
import { allOf, collectionsOf, dropContents, isOfAVersion } from './collections.ts';
import type { Passage } from './gate.ts';
import { GatedCollection } from './gated-collection.ts';
import { LOOK_MS } from './live-version.ts';
import type { VersionsDocument } from './versions-document.ts';

/**
 * Once a version is not live any more, how long a node may still read it: one answer to which version is live is so old, another
 * may take so long to come, and so may the call that goes by it.
 */
const GOING_OVER_MS = LOOK_MS + BOUNDS_MS.document + BOUNDS_MS.documents;

/**
 * Removes the collections of versions that are neither live nor beside the live one, once no node can be at work on them.
 * @throws {ReadModelUnavailable} they are left to the next who does this
 */
export async function removeUnused(versions: VersionsDocument, gate: Passage): Promise<void> {
  const listed = await gate.pass((database) => database.listCollections({}, { nameOnly: true }).toArray(), 'documents');
  const names = listed.map(({ name }) => name).filter(isOfAVersion);
  // After the list: a version is in the document before it has collections, so what is listed and unused now is so for ever.
  const unused = await unusedAmong(names, versions, gate);
  if (unused.length === 0) return;
  await sleep(GOING_OVER_MS);
  // Again, as nothing is brought back once it is dropped: FerretDB's updates may undo each other.
  for (const name of await unusedAmong(unused, versions, gate)) {
    await dropContents(new GatedCollection(gate, name));
  }
}

async function unusedAmong(names: readonly string[], versions: VersionsDocument, gate: Passage): Promise<string[]> {
  const { live, beside } = await versions.read();
  const used = [live, ...(beside === null ? [] : [beside.id])].flatMap((id) => allOf(collectionsOf(gate, id)));
  const usedNames = new Set(used.map(({ name }) => name));
  return names.filter((name) => !usedNames.has(name));
}

/** Removes a version that never was live, which no node reads. @throws {ReadModelUnavailable} */
export async function removeVersion(id: string, gate: Passage): Promise<void> {
  for (const collection of allOf(collectionsOf(gate, id))) await dropContents(collection);
}
