import type { EventLog } from '../../events/event-log.ts';
import { ConnectionSecrets } from '../../importer/sources/salesforce/connection-secrets.ts';
import { refusing } from '../../stores/adoption.ts';
import { openSealedStore, openSealedStoreForReading } from '../../stores/open-sealed.ts';
import type { Keys } from '../../tokens/keys.ts';
import type { Context } from '../context.ts';

/** The sealed secrets of connections; the store is closed at the end. @throws {BadConfig | OtherStore | SealedUnavailable} */
export async function connectionSecrets(context: Context, log: EventLog, keys: Keys): Promise<ConnectionSecrets> {
  const store = await openSealedStore(context.config, refusing('sealed', log), context.say);
  return new ConnectionSecrets(context.closeAtEnd(store), keys);
}

/** The same for commands that only read: nothing is made. @throws {BadConfig | OtherStore | SealedUnavailable} */
export async function keptConnectionSecrets(context: Context, log: EventLog, keys: Keys): Promise<ConnectionSecrets> {
  const store = await openSealedStoreForReading(context.config, refusing('sealed', log), context.say);
  return new ConnectionSecrets(context.closeAtEnd(store), keys);
}
