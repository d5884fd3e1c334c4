import type { Ownership } from '../errors/other-store.ts';
import { Credentials } from '../importer/sealed/credentials.ts';
import type { SealedStore } from '../importer/sealed/sealed-store.ts';
import type { Config } from '../settings/config.ts';
import { openSealedStore } from '../stores/open-sealed.ts';
import { oneAtATime } from '../time/one-at-a-time.ts';
import { seldom } from '../time/seldom.ts';
import type { Keys } from '../tokens/keys.ts';

/** How often credentials that have expired are removed. */
const REMOVED_EVERY_MS = 60_000;

/** The sealed credentials that this process uses. */
export interface SealedCredentials {
  readonly credentials: Credentials;
  /** For the secrets of connections. */
  readonly store: SealedStore;
  close(): Promise<void>;
}

/**
 * Opens the sealed credentials of the configuration, and removes those that have expired now and then.
 * @throws {BadConfig | OtherStore | SealedUnavailable}
 */
export async function openCredentials(
  config: Config,
  keys: Keys,
  own: Ownership,
  logger: { warn(fields: object, message: string): void },
): Promise<SealedCredentials> {
  const store = await openSealedStore(config, own, (message) => logger.warn({}, message));
  const credentials = new Credentials(store, keys);
  const warn = seldom((error: unknown) =>
    logger.warn(
      { err: error },
      'credentials that have expired are not removed; that is tried again (this is said once in a while)',
    ),
  );
  const remove = oneAtATime(() => credentials.removeExpired().catch(warn));
  const removing = setInterval(() => void remove(), REMOVED_EVERY_MS).unref();
  void remove();
  return {
    credentials,
    store,
    async close() {
      clearInterval(removing);
      await store.close();
    },
  };
}
