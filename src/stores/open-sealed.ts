import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Ownership } from '../errors/other-store.ts';
import type { SealedStore } from '../importer/sealed/sealed-store.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import type { Warn } from './options.ts';

/** The name of the embedded store. */
const SEALED = 'sealed.db';

/**
 * Opens the store of sealed credentials. In the data directory, nothing is made before there is something to keep.
 * @throws {BadConfig | OtherStore | SealedUnavailable}
 */
export async function openSealedStore(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<SealedStore> {
  if (mongodbUrl !== null) {
    const { openMongoSealedStore } = await import('../importer/sealed/mongodb/mongo-sealed-store.ts');
    return openMongoSealedStore({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedSealedStore } = await import('../importer/sealed/embedded/embedded-sealed-store.ts');
  return openEmbeddedSealedStore({ file: join(dataDir, SEALED), own, onNotice: warn });
}

/**
 * The same for commands that only read: nothing is made.
 * @throws {BadConfig | OtherStore | SealedUnavailable}
 */
export async function openSealedStoreForReading(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<SealedStore> {
  if (mongodbUrl !== null) {
    const { openMongoSealedStoreForReading } = await import('../importer/sealed/mongodb/mongo-sealed-store.ts');
    return openMongoSealedStoreForReading({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { openEmbeddedSealedStoreForReading } = await import('../importer/sealed/embedded/embedded-sealed-store.ts');
  return openEmbeddedSealedStoreForReading({ file: join(dataDir, SEALED), own, onNotice: warn });
}

/** The same for commands that only read; null: nothing was ever sealed. @throws {BadConfig | SealedUnavailable} */
export async function openSealedStoreIfThere(config: Config, own: Ownership, warn: Warn): Promise<SealedStore | null> {
  if (config.mongodbUrl === null && !existsSync(join(config.dataDir, SEALED))) return null;
  return openSealedStoreForReading(config, own, warn);
}

/** Whether all processes that work on the log have the same sealed credentials. If not, each performs the imports whose it has. */
export function isSealedStoreShared({ mongodbUrl, eventStoreUrl }: Config): boolean {
  return mongodbUrl !== null || eventStoreUrl === null;
}
