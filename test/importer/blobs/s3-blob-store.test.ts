import { openS3BlobStore, openS3BlobStoreForReading } from '../../../src/importer/blobs/s3/open.ts';
import { describeBlobStore } from '../../contracts/blob-store.ts';
import { describeWithS3, startS3, type TestS3 } from '../../support/s3.ts';

describeWithS3('S3', () => {
  let s3: TestS3;

  before(async () => {
    s3 = await startS3();
    Object.assign(process.env, s3.env);
  });

  after(async () => {
    for (const name of Object.keys(s3.env)) delete process.env[name];
    await s3.stop();
  });

  for (const prefix of ['images/of/tests', '']) {
    describeBlobStore(prefix === '' ? 'a bucket' : 'a prefix of a bucket', async () => {
      const bucket = s3.makeBucket();
      return {
        open: (owner, onNotice = () => {}) => openS3BlobStore({ bucket, prefix, owner, onNotice }),
        openForReading: (owner) => openS3BlobStoreForReading({ bucket, prefix, owner }),
        age: async (sha256, at) => s3.age(bucket, `${prefix}/${sha256}`, at),
        names: async () => s3.names(bucket),
        cleanUp: async () => {},
      };
    });
  }
});
