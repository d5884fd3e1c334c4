import type { IndexDescription } from 'mongodb';
import type { Passage } from '../../mongodb/gate.ts';
import { GatedCollection } from '../../mongodb/gated-collection.ts';
import type { ViewShape, ViewShapes } from '../views/declare-view.ts';
import { NEWEST_FIRST } from './list-filter.ts';

/** The collections of one version: one for each view (`imports_7`), the quarantine and the checkpoint. */
export interface Collections {
  /** By kind. */
  readonly views: ReadonlyMap<string, ViewCollection>;
  readonly checkpoint: GatedCollection;
  readonly quarantine: GatedCollection;
}

export interface ViewCollection {
  readonly shape: ViewShape;
  readonly documents: GatedCollection;
}

/** Oldest first. */
export const OLDEST_FIRST = { position: 1, _id: 1 } as const;

/** The collections of one version of the views; nothing is asked or made. @param version its number, or its name where it has none */
export function collectionsOf(gate: Passage, version: number | string, shapes: ViewShapes): Collections {
  // Positions are exact as bigint only.
  const beside = (name: string) => new GatedCollection(gate, `${name}_${version}`, { useBigInt64: true });
  const views = Object.entries(shapes).map(([kind, shape]) => {
    return [kind, { shape, documents: new GatedCollection(gate, `${shape.name}_${version}`) }] as const;
  });
  return { views: new Map(views), checkpoint: beside('checkpoint'), quarantine: beside('quarantine') };
}

/** Makes the indexes that are missing. Needs the primary, and the right to write. @throws {ReadModelUnavailable} */
export async function makeIndexes({ views, quarantine }: Collections): Promise<void> {
  // One at a time: FerretDB 1.24 ends the connection if two of a command's indexes already exist.
  for (const { shape, documents } of views.values()) {
    for (const index of indexesOf(shape)) await make(documents, index);
  }
  await make(quarantine, { name: 'by_position', key: OLDEST_FIRST });
}

/** None is partial: FerretDB 1.24 cannot make such an index. */
function indexesOf({ list, queue }: ViewShape): IndexDescription[] {
  const ofList = Object.entries(list?.indexes ?? {}).map(([name, filters]) => {
    return { name, key: { ...ascending(['organization_id', ...filters]), ...NEWEST_FIRST } };
  });
  const ofQueue = Object.entries(queue?.indexes ?? {}).map(([name, fields]) => ({ name, key: ascending(fields) }));
  return [...ofList, ...ofQueue];
}

function ascending(fields: readonly string[]): Record<string, 1> {
  return Object.fromEntries(fields.map((field) => [field === 'id' ? '_id' : field, 1]));
}

async function make(collection: GatedCollection, index: IndexDescription): Promise<void> {
  await collection.ask((there) => there.createIndexes([index]), 'collection');
}
