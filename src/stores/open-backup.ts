import { join } from 'node:path';
import type { BlobStore } from '../importer/blobs/blob-store.ts';
import type { BlobsPlace } from '../importer/blobs/blobs-place.ts';
import type { BackupPlace } from '../operations/backup/backup-place.ts';

/**
 * Opens the place of a backup. A folder is made, if it is missing and `isMade`.
 * @throws {BackupUnavailable}
 */
export async function openBackupPlace(where: BlobsPlace, isMade: boolean): Promise<BackupPlace> {
  if (where.kind === 's3') {
    const { Bucket } = await import('../importer/blobs/s3/bucket.ts');
    const { S3Place } = await import('../operations/backup/s3-place.ts');
    return new S3Place(new Bucket(where.bucket, where.prefix));
  }
  const { FolderPlace } = await import('../operations/backup/folder-place.ts');
  const place = new FolderPlace(where.folder);
  if (isMade) await place.make();
  return place;
}

/**
 * Opens the bytes of images that are in a backup, below `images`.
 * @param log its id, as the manifest has it
 * @param isMade whether it is for writing
 * @throws {OtherBlobs | StorageUnavailable}
 */
export async function openBackupImages(where: BlobsPlace, log: string, isMade: boolean): Promise<BlobStore> {
  const owner = { log, service: 'backup' };
  if (where.kind === 's3') {
    const { openS3BlobStore, openS3BlobStoreForReading } = await import('../importer/blobs/s3/open.ts');
    const images = { bucket: where.bucket, prefix: `${where.prefix}/images`.replace(/^\//, ''), owner };
    return isMade ? openS3BlobStore({ ...images, onNotice: () => {} }) : openS3BlobStoreForReading(images);
  }
  const { openLocalBlobStore, openLocalBlobStoreForReading } = await import('../importer/blobs/local/open.ts');
  const images = { folder: join(where.folder, 'images'), isMade: true, owner };
  return isMade ? openLocalBlobStore({ ...images, onNotice: () => {} }) : openLocalBlobStoreForReading(images);
}
