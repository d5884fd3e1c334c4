import { textOf } from '../../../outbound/text-of.ts';
import { assertEmpty, isOwnedBy, MOST_OWNER_BYTES, notSwept, OWNER, type Owner, ownerText } from '../owner.ts';
import { Bucket } from './bucket.ts';
import { S3BlobStore, sha256In } from './s3-blob-store.ts';

export interface S3BlobsOptions {
  readonly bucket: string;
  /** Without a slash at its end; empty: none. */
  readonly prefix: string;
  readonly owner: Owner;
  readonly onNotice: (message: string) => void;
}

/**
 * Opens blobs in a bucket, which must be there. Credentials, region and endpoint are the SDK's own settings.
 * @throws {OtherBlobs | StorageUnavailable}
 */
export async function openS3BlobStore({ bucket, prefix, owner, onNotice }: S3BlobsOptions): Promise<S3BlobStore> {
  return opening(new Bucket(bucket, prefix), async (opened) => {
    const maySweep = isOwnedBy(owner, (await read(opened)) ?? (await made(opened, owner)), markerOf(opened));
    if (!maySweep) onNotice(notSwept(owner, markerOf(opened)));
    return maySweep;
  });
}

/** The same for commands that only read: nothing is made. */
export async function openS3BlobStoreForReading(options: Omit<S3BlobsOptions, 'onNotice'>): Promise<S3BlobStore> {
  const { bucket, prefix, owner } = options;
  return opening(new Bucket(bucket, prefix), async (opened) => {
    const found = await read(opened);
    if (found !== null) isOwnedBy(owner, found, markerOf(opened));
    return false;
  });
}

async function opening(bucket: Bucket, check: (bucket: Bucket) => Promise<boolean>): Promise<S3BlobStore> {
  try {
    return new S3BlobStore(bucket, await check(bucket));
  } catch (error) {
    bucket.close();
    throw error;
  }
}

async function read(bucket: Bucket): Promise<string | null> {
  const found = await bucket.get(OWNER);
  return found === null ? null : textOf(found.body, MOST_OWNER_BYTES);
}

/** Writes whose the bytes are, unless another process was first; gives what is written then. */
async function made(bucket: Bucket, owner: Owner): Promise<string> {
  const { Contents = [] } = await bucket.list();
  assertEmpty(
    Contents.every(({ Key = '' }) => sha256In(bucket.nameOf(Key)) === null),
    owner,
    markerOf(bucket),
  );
  await bucket.putNew(OWNER, ownerText(owner));
  return (await read(bucket)) ?? '';
}

function markerOf(bucket: Bucket): string {
  return `${bucket.address}/${OWNER}`;
}
