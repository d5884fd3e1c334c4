import { join } from 'node:path';
import type { Ownership } from '../errors/other-store.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import type { DeliveryReader, DeliveryStore } from '../subscribers/webhooks/delivery-store.ts';
import type { Warn } from './options.ts';

/** The name of the embedded store. */
const DELIVERIES = 'deliveries.db';

/**
 * Opens the store of deliveries: where the views are, so that nodes that share the one share the other.
 * @throws {BadConfig | DeliveriesUnavailable | OtherStore}
 */
export async function openDeliveryStore(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<DeliveryStore> {
  if (mongodbUrl !== null) {
    const { openMongoDeliveryStore } = await import('../subscribers/webhooks/mongodb/open.ts');
    return openMongoDeliveryStore({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedDeliveryStore } = await import('../subscribers/webhooks/embedded/embedded-delivery-store.ts');
  return openEmbeddedDeliveryStore({ file: join(dataDir, DELIVERIES), own, onNotice: warn });
}

/**
 * The same for commands that only read: nothing is made or changed. If there is no store yet, it is empty.
 * @throws {BadConfig | DeliveriesUnavailable | OtherStore}
 */
export async function openDeliveryStoreForReading(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<DeliveryReader> {
  if (mongodbUrl !== null) {
    const { openMongoDeliveriesForReading } = await import('../subscribers/webhooks/mongodb/open.ts');
    return openMongoDeliveriesForReading({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { openDeliveriesForReading } = await import('../subscribers/webhooks/embedded/deliveries-for-reading.ts');
  return openDeliveriesForReading(join(dataDir, DELIVERIES), own, warn);
}

/**
 * Throws away deliveries that a database has of another time of this log. Files are set aside instead: see `setAside`.
 * @param log its id
 * @returns whether there were some
 * @throws {BadConfig | DeliveriesUnavailable}
 */
export async function dropDeliveries({ mongodbUrl }: Config, log: string, warn: Warn): Promise<boolean> {
  if (mongodbUrl === null) return false;
  const { dropMongoDeliveries } = await import('../subscribers/webhooks/mongodb/open.ts');
  return dropMongoDeliveries(log, { url: mongodbUrl, onNotice: warn });
}
