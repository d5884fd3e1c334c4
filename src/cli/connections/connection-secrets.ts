import { ConnectionSecrets } from '../../importer/sources/salesforce/connection-secrets.ts';
import { openSealedStore } from '../../stores.ts';
import type { Keys } from '../../tokens/keys.ts';
import type { Context } from '../context.ts';

/** The sealed secrets of connections; the store is closed at the end. @throws {BadConfig | SealedUnavailable} */
export async function connectionSecrets(context: Context, keys: Keys): Promise<ConnectionSecrets> {
  const store = context.closeAtEnd(await openSealedStore(context.config, context.say));
  return new ConnectionSecrets(store, keys);
}
