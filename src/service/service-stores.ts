import type { Logger } from 'pino';
import type { Stores } from '../projections/stores.ts';
import type { Versions } from '../projections/versions.ts';
import type { Config } from '../settings/config.ts';
import { jwtSecrets } from '../settings/jwt-secret.ts';
import { adopting, type OfOthers } from '../stores/adoption.ts';
import { openDeliveryStore } from '../stores/open-deliveries.ts';
import { openVersions } from '../stores/open-read-model.ts';
import { openStores } from '../stores/open-stores.ts';
import type { CallObserver } from '../stores/options.ts';
import { assertRoomForViews } from '../stores/room-for-views.ts';
import type { DeliveryStore } from '../subscribers/webhooks/delivery-store.ts';
import { Keys } from '../tokens/keys.ts';
import { openKeys } from './open-keys.ts';
import { openCredentials, type SealedCredentials } from './sealed-credentials.ts';

/** What a service works on: all stores but that of bytes, which the importer opens. */
export interface ServiceStores {
  readonly stores: Stores;
  readonly keys: Keys;
  readonly versions: Versions;
  readonly deliveries: DeliveryStore;
  readonly sealed: SealedCredentials;
  close(): Promise<void>;
}

/**
 * Opens them. If one cannot be opened, those that are open are closed.
 * @param ofOthers what to do with stores of another log
 * @throws {BadConfig | DeliveriesUnavailable | LogDamaged | LogUnavailable | NoRoom | OtherKey | OtherLog | OtherStore | ReadModelUnavailable | SealedUnavailable}
 */
export async function openServiceStores(
  config: Config,
  logger: Logger,
  observer: CallObserver,
  ofOthers: OfOthers,
): Promise<ServiceStores> {
  const configured = new Keys(jwtSecrets(config));
  const warn = (message: string) => logger.warn(message);
  // Closes the last one first.
  const opened = new AsyncDisposableStack();
  const closing = <T extends { close(): Promise<void> }>(store: T) => opened.adopt(store, () => store.close());
  try {
    const stores = closing(await openStores(config, warn, { observer, ofOthers }));
    const keys = await openKeys(configured, stores, logger, ofOthers);
    const versions = closing(await openVersions(config, warn));
    await assertRoomForViews(stores, versions);
    const deliveries = closing(await openDeliveryStore(config, adopting('deliveries', stores, ofOthers), warn));
    const sealed = closing(await openCredentials(config, keys, adopting('sealed', stores, ofOthers), logger));
    return { stores, keys, versions, deliveries, sealed, close: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}
