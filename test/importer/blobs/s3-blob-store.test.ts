import { expect } from 'chai';
import { placeOf } from '../../../src/importer/blobs/blob-store.ts';
import { Bucket } from '../../../src/importer/blobs/s3/bucket.ts';
import { openS3BlobStore, openS3BlobStoreForReading } from '../../../src/importer/blobs/s3/open.ts';
import { describeBlobStore } from '../../contracts/blob-store.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { describeWithS3, testS3 } from '../../support/s3.ts';

describeWithS3('S3', () => {
  const s3 = testS3();

  for (const prefix of ['images/of/tests', '']) {
    describeBlobStore(prefix === '' ? 'a bucket' : 'a prefix of a bucket', async () => {
      const bucket = s3.makeBucket();
      return {
        open: (owner, onNotice = () => {}) => openS3BlobStore({ bucket, prefix, owner, onNotice }),
        openForReading: (owner) => openS3BlobStoreForReading({ bucket, prefix, owner }),
        age: async (sha256, at) => s3.age(bucket, `${prefix}/${placeOf(sha256)}`, at),
        names: async () => s3.names(bucket),
        cleanUp: async () => {},
      };
    });
  }

  it('does not read an endless text of whose the bytes are', async () => {
    const name = s3.makeBucket();
    const bucket = new Bucket(name, '');
    await bucket.putBytes('owner.json', Buffer.alloc(70_000, '{'));
    bucket.close();
    const opening = openS3BlobStoreForReading({ bucket: name, prefix: '', owner: { log: 'a-log', service: 'ours' } });
    expect((await rejectionOf(opening)).message).to.contain('longer than 65536 bytes');
  });
});
