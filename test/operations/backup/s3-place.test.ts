import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { Bucket } from '../../../src/importer/blobs/s3/bucket.ts';
import type { Objects } from '../../../src/operations/backup/objects.ts';
import { S3Place } from '../../../src/operations/backup/s3-place.ts';
import { MOST_SEGMENT_BYTES } from '../../../src/operations/backup/segment.ts';
import { describeBackupPlace } from '../../contracts/backup-place.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
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

describe('a backup in a bucket that others can write to', () => {
  const SEGMENT = '00000000000000000001';
  const PIECE = Buffer.alloc(1_048_576);

  const placeWith = (names: readonly string[], body: () => Readable) =>
    new S3Place({
      address: 's3://bucket',
      get: async (name: string) => (names.includes(name) ? { body: body() } : null),
      list: async () => ({ Contents: names.map((Key) => ({ Key })) }),
      nameOf: (key: string) => key,
    } as unknown as Objects);

  it('is read up to the size that a backup writes', async () => {
    let pieces = 0;
    const endless = async function* () {
      for (;;) {
        pieces += 1;
        yield PIECE;
      }
    };
    const place = placeWith([`events/${SEGMENT}.ndjson`], () => Readable.from(endless()));
    const refused = await rejectionOf(place.readSegment(SEGMENT, null));
    expect(refused.message).to.contain('has more bytes than a backup writes');
    expect(pieces).to.be.lessThan(MOST_SEGMENT_BYTES / PIECE.length + 50);
  });

  it('does not follow parts in a circle, nor take a part of another length than its name says', async () => {
    const part = (range: string) => `events/${SEGMENT}.${range}.part`;
    const body = () => Readable.from([Buffer.from('abc')]);
    expect(await placeWith([part('5-5')], body).readSegment(SEGMENT, 5)).to.equal(null);
    expect(await placeWith([part('3-6'), part('6-3')], body).readSegment(SEGMENT, 6)).to.equal(null);
    expect(await placeWith([part('0-6')], body).readSegment(SEGMENT, 6)).to.equal(null);
    expect(String(await placeWith([part('0-3'), part('3-6')], body).readSegment(SEGMENT, 6))).to.equal('abcabc');
  });
});
