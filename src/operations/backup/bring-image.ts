import { reasonOf } from '../../errors/reason-of.ts';
import type { Image } from '../../events/import-events.ts';
import { type BlobStore, StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import type { Drafts } from '../../importer/blobs/draft.ts';
import { ImportFailure } from '../../importer/import-failure.ts';
import { BackupUnavailable } from './backup-place.ts';

/** Where the bytes of images are. */
export interface ImageStores {
  /** That of the service. */
  readonly from: Pick<BlobStore, 'read' | 'stat'>;
  /** That of the backup; null: the service's is in S3, and its bytes stay there. */
  readonly to: Pick<BlobStore, 'keep' | 'stat'> | null;
  /** On their way they are here: on the disk of the backup, if that is a folder. */
  readonly drafts: Pick<Drafts, 'begin'>;
}

/**
 * Makes sure that the backup has the bytes of an image. What it has already is not read again.
 * @returns why it cannot have them: they are missing or damaged; null: it has them
 * @throws {StorageUnavailable} the service's store is away
 * @throws {BackupUnavailable}
 */
export async function bringImage(
  { sha256, bytes }: Pick<Image, 'sha256' | 'bytes'>,
  { from, to, drafts }: ImageStores,
): Promise<string | null> {
  if (to === null) {
    const there = await from.stat(sha256);
    if (there === null) return 'there are no such bytes';
    return there.bytes === bytes ? null : `there are ${there.bytes} bytes`;
  }
  if ((await toBackup(() => to.stat(sha256)))?.bytes === bytes) return null;
  const opened = await from.read(sha256);
  if (opened === null) return 'there are no such bytes';
  const { stream } = opened;
  try {
    if (opened.bytes !== bytes) return `there are ${opened.bytes} bytes`;
    const draft = await toBackup(() => drafts.begin());
    try {
      for await (const chunk of stream) await toBackup(() => draft.write(chunk));
      const whole = await toBackup(() => draft.end());
      if (whole.sha256 !== sha256) return `the bytes that are there have the sha256 ${whole.sha256}`;
      await toBackup(() => to.keep(whole));
      return null;
    } finally {
      await draft.discard();
    }
  } catch (error) {
    if (error instanceof BackupUnavailable || error instanceof StorageUnavailable) throw error;
    throw new StorageUnavailable(`The bytes with the sha256 ${sha256} cannot be read: ${reasonOf(error)}`, error);
  } finally {
    stream.destroy();
  }
}

async function toBackup<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof ImportFailure ? 'its disk is full, or has trouble' : reasonOf(error);
    throw new BackupUnavailable(`The images of the backup cannot be kept: ${reason}`, error);
  }
}
