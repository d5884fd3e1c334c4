import { basename } from 'node:path';
import { Bucket } from '../../../src/importer/blobs/s3/bucket.ts';
import { S3Place } from '../../../src/operations/backup/s3-place.ts';
import { describeBackupPlace } from '../../contracts/backup-place.ts';
import { describeWithS3, testS3 } from '../../support/s3.ts';

describeWithS3('a backup in S3', () => {
  const s3 = testS3();

  describeBackupPlace('a prefix of a bucket', async () => {
    const bucket = s3.makeBucket();
    return {
      open: async () => new S3Place(new Bucket(bucket, 'of/tests')),
      files: () =>
        s3
          .names(bucket)
          .filter((path) => path.includes('/events/'))
          .map((path) => basename(path)),
      cleanUp: async () => {},
    };
  });
});
