import { randomUUID } from 'node:crypto';
import { type ConnectOptions, connected } from '../../../mongodb/connected.ts';
import { Gate } from '../../../mongodb/gate.ts';
import { insertNew } from '../../../mongodb/single-document.ts';
import { DeliveriesUnavailable, type DeliveryReader, type DeliveryStore } from '../delivery-store.ts';
import { type Collections, collectionsOf, makeIndexes } from './collections.ts';
import { MongoDeliveriesForReading } from './deliveries-for-reading.ts';
import { MongoDeliveryStore } from './mongo-delivery-store.ts';

const STORE = 'store';

/**
 * Opens the store of deliveries in the MongoDB database in `url`, and makes it if there is none.
 * @throws {DeliveriesUnavailable} in one sentence, without user or password: what is wrong, and what to do about it
 */
export async function openMongoDeliveryStore(options: ConnectOptions): Promise<DeliveryStore> {
  let id = '';
  const clients = await connected(options, DeliveriesUnavailable, async (way) => {
    const collections = collectionsOf(way);
    await makeIndexes(collections);
    id = await idOf(collections);
  });
  return new MongoDeliveryStore(id, collectionsOf(new Gate(clients, DeliveriesUnavailable)), () => clients.close());
}

/**
 * The same for commands that only read: nothing is made. If there is no store, it is empty.
 * @throws {DeliveriesUnavailable}
 */
export async function openMongoDeliveriesForReading(options: ConnectOptions): Promise<DeliveryReader> {
  const clients = await connected(options, DeliveriesUnavailable, async (way) => {
    await collectionsOf(way).store.ask((there) => there.findOne({ _id: STORE }));
  });
  return new MongoDeliveriesForReading(collectionsOf(new Gate(clients, DeliveriesUnavailable)), () => clients.close());
}

/** The store's id; the first node makes it. */
async function idOf({ store }: Collections): Promise<string> {
  await insertNew(store, { _id: STORE, id: randomUUID() });
  const found = await store.ask((there) => there.findOne({ _id: STORE }));
  return String(found?.id);
}
