import { placeOf } from '../../../src/importer/blobs/blob-store.ts';
import { openS3BlobStore, openS3BlobStoreForReading } from '../../../src/importer/blobs/s3/open.ts';
import { describeBlobStore } from '../../contracts/blob-store.ts';
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
});
