import { resolve } from 'node:path';
import type { EventLog } from '../events/event-log.ts';
import type { LogInMaking } from '../events/log-in-making.ts';
import { fileOfLog, serviceMark } from '../events/service-mark.ts';
import type { BlobStore } from '../importer/blobs/blob-store.ts';
import type { Owner } from '../importer/blobs/owner.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import type { Warn } from './options.ts';

/**
 * Opens the store of the bytes of images: where the configuration says, or in the data directory.
 * @throws {BadConfig | OtherBlobs | StorageUnavailable}
 */
export async function openBlobStore(
  config: Config,
  log: Pick<EventLog, 'id'>,
  warn: Warn,
  owner = ownerOf(config, log),
): Promise<BlobStore> {
  const { blobs, dataDir } = config;
  const options = { owner, onNotice: warn };
  // Wherever the bytes are kept: on their way, they are in files there.
  enterDataDirectory(dataDir, true);
  if (blobs?.kind === 's3') {
    const { openS3BlobStore } = await import('../importer/blobs/s3/open.ts');
    return openS3BlobStore({ ...blobs, ...options });
  }
  const { openLocalBlobStore } = await import('../importer/blobs/local/open.ts');
  return openLocalBlobStore({ folder: folderOfBlobs(config), isMade: blobs === null, ...options });
}

/** The same for a log that is being made. @throws {BadConfig | OtherBlobs | StorageUnavailable} */
export async function openBlobStoreOfMaking(config: Config, log: LogInMaking, warn: Warn): Promise<BlobStore> {
  const { unfinishedLog } = await import('../events/embedded/embedded-log-in-making.ts');
  const service = serviceMark(config, log, unfinishedLog(fileOfLog(config.dataDir)));
  return openBlobStore(config, log, warn, { log: log.id, service });
}

/**
 * The same for commands that only read: nothing is made or changed. If there is no store yet, it is empty.
 * @throws {BadConfig | OtherBlobs | StorageUnavailable}
 */
export async function openBlobStoreForReading(config: Config, log: Pick<EventLog, 'id'>): Promise<BlobStore> {
  const owner = ownerOf(config, log);
  if (config.blobs?.kind === 's3') {
    const { openS3BlobStoreForReading } = await import('../importer/blobs/s3/open.ts');
    return openS3BlobStoreForReading({ ...config.blobs, owner });
  }
  enterDataDirectory(config.dataDir, false);
  const { openLocalBlobStoreForReading } = await import('../importer/blobs/local/open.ts');
  return openLocalBlobStoreForReading({ folder: folderOfBlobs(config), isMade: config.blobs === null, owner });
}

function ownerOf(config: Config, log: Pick<EventLog, 'id'>): Owner {
  return { log: log.id, service: serviceMark(config, log) };
}

function folderOfBlobs({ blobs, dataDir }: Config): string {
  return blobs?.kind === 'folder' ? blobs.folder : resolve(dataDir, 'blobs');
}
