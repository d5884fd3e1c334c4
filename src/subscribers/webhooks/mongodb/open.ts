import type { Ownership } from '../../../errors/other-store.ts';
import { type ConnectOptions, connected } from '../../../mongodb/connected.ts';
import { dropContents } from '../../../mongodb/drop-contents.ts';
import { Gate } from '../../../mongodb/gate.ts';
import { assertOwned, isOwn, takeCollection } from '../../../mongodb/owner.ts';
import { insertNew } from '../../../mongodb/single-document.ts';
import { DeliveriesUnavailable, type DeliveryReader, type DeliveryStore } from '../delivery-store.ts';
import { type Collections, collectionsOf, makeIndexes } from './collections.ts';
import { MongoDeliveriesForReading } from './deliveries-for-reading.ts';
import { MongoDeliveryStore } from './mongo-delivery-store.ts';

/** The document that says that there is a store. */
const STORE = 'store';

export interface MongoDeliveriesOptions extends ConnectOptions {
  /** Whose they are; unless set, they need not say. */
  readonly own?: Ownership;
}

/**
 * Opens the store of deliveries in the MongoDB database in `url`, and makes it if there is none.
 * @throws {OtherStore} they are another log's
 * @throws {DeliveriesUnavailable} in one sentence, without user or password: what is wrong, and what to do about it
 */
export async function openMongoDeliveryStore({ own, ...options }: MongoDeliveriesOptions): Promise<DeliveryStore> {
  const clients = await connected(options, DeliveriesUnavailable, (way) => makeIndexes(collectionsOf(way)));
  const collections = collectionsOf(new Gate(clients, DeliveriesUnavailable));
  try {
    if (own !== undefined) await takeCollection(collections.store, own, () => beginAnew(collections));
    await insertNew(collections.store, { _id: STORE });
    return new MongoDeliveryStore(collections, () => clients.close());
  } catch (error) {
    await clients.close();
    throw error;
  }
}

/**
 * The same for commands that only read: nothing is made. If there is no store, it is empty.
 * @throws {OtherStore | DeliveriesUnavailable}
 */
export async function openMongoDeliveriesForReading({
  own,
  ...options
}: MongoDeliveriesOptions): Promise<DeliveryReader> {
  const clients = await connected(options, DeliveriesUnavailable, async (way) => {
    await collectionsOf(way).store.ask((there) => there.findOne({ _id: STORE }));
  });
  const collections = collectionsOf(new Gate(clients, DeliveriesUnavailable));
  const reading = new MongoDeliveriesForReading(collections, () => clients.close());
  if (own !== undefined) {
    await assertOwned(collections.store, own).catch(async (error) => {
      await reading.close();
      throw error;
    });
  }
  return reading;
}

/**
 * Throws the deliveries away, unless they are another log's: they are of another time of this one.
 * @param log its id
 * @returns whether there were some
 * @throws {DeliveriesUnavailable}
 */
export async function dropMongoDeliveries(log: string, options: ConnectOptions): Promise<boolean> {
  const clients = await connected(options, DeliveriesUnavailable, async (way) => {
    await collectionsOf(way).store.ask((there) => there.findOne({ _id: STORE }));
  });
  try {
    const collections = collectionsOf(new Gate(clients, DeliveriesUnavailable));
    const found = await collections.store.ask((there) => there.findOne({ _id: STORE }));
    if (found === null || !(await isOwn(collections.store, log))) return false;
    await dropAll(collections);
    return true;
  } finally {
    await clients.close();
  }
}

/** Another log's progress is of no use: each webhook goes on from its watermark. */
async function beginAnew(collections: Collections): Promise<void> {
  await dropAll(collections);
  await makeIndexes(collections);
}

/** What says that there is a store, and whose, comes last: if this ends before, it can be done again. */
async function dropAll({ store, ...others }: Collections): Promise<void> {
  for (const collection of [...Object.values(others), store]) await dropContents(collection);
}
