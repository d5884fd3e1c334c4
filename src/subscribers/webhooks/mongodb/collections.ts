import type { IndexDescription } from 'mongodb';
import type { Passage } from '../../../mongodb/gate.ts';
import { GatedCollection } from '../../../mongodb/gated-collection.ts';

/** The collections of deliveries. Their names end in no number, so that none is taken for one of a version of the views. */
export interface Collections {
  readonly deliveries: GatedCollection;
  /** One document an endpoint. */
  readonly progress: GatedCollection;
  /** One document an endpoint that is served. */
  readonly leases: GatedCollection;
  /** One document, if there is a store. */
  readonly store: GatedCollection;
}

export const NEWEST_FIRST = { created_at: -1, _id: -1 } as const;

/** The collections of the deliveries; nothing is asked or made. */
export function collectionsOf(gate: Passage): Collections {
  // Positions are exact as bigint only.
  const of = (name: string) => new GatedCollection(gate, `webhook_${name}`, { useBigInt64: true });
  return { deliveries: of('deliveries'), progress: of('progress'), leases: of('leases'), store: of('store') };
}

/** Makes the indexes that are missing. Needs the primary, and the right to write. @throws {DeliveriesUnavailable} */
export async function makeIndexes({ deliveries }: Collections): Promise<void> {
  const indexes: IndexDescription[] = [
    // The status last, so that the finished ones are counted in the index alone.
    { name: 'by_time', key: { endpoint: 1, ...NEWEST_FIRST, status: 1 } },
    { name: 'by_status', key: { endpoint: 1, status: 1, ...NEWEST_FIRST } },
  ];
  // One at a time: FerretDB 1.24 ends the connection if two of a command's indexes already exist.
  for (const index of indexes) await deliveries.ask((there) => there.createIndexes([index]), 'collection');
}
