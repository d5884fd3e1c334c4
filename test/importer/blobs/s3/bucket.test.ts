import { expect } from 'chai';
import { placeOf, StorageUnavailable } from '../../../../src/importer/blobs/blob-store.ts';
import { Bucket } from '../../../../src/importer/blobs/s3/bucket.ts';
import { openS3BlobStore } from '../../../../src/importer/blobs/s3/open.ts';
import { S3BlobStore } from '../../../../src/importer/blobs/s3/s3-blob-store.ts';
import { OWNER } from '../../../contracts/blob-store.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { describeWithS3, testS3 } from '../../../support/s3.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { drafted, sha256Of } from '../drafted.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const AFTER_THAT = new Date('2026-01-02T00:00:00Z');

describeWithS3('a bucket of S3', () => {
  const s3 = testS3();
  let directory: ReturnType<typeof temporaryDirectory>;
  let name: string;
  let bucket: Bucket;
  let store: S3BlobStore;

  beforeEach(() => {
    directory = temporaryDirectory();
    name = s3.makeBucket();
    bucket = new Bucket(name, 'images');
    store = new S3BlobStore(bucket, true);
  });

  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  it('refuses bytes that are not those of the sha256, also those that changed on the way', async () => {
    const draft = { ...drafted(directory.path, 'some bytes'), sha256: sha256Of('other bytes') };
    const refusal = await rejectionOf(store.keep(draft));
    expect(refusal).to.be.instanceOf(StorageUnavailable);
    expect(refusal.message).to.include(`s3://${name}/images cannot be used: XAmzContentSHA256Mismatch (400)`);
    expect(await Array.fromAsync(store.list())).to.deep.equal([]);
  });

  it('says what is wrong with a draft that is gone', async () => {
    const draft = { ...drafted(directory.path, 'some bytes'), path: `${directory.path}/gone` };
    expect((await rejectionOf(store.keep(draft))).message).to.include('ENOENT');
  });

  it('with versions loses none that was kept after the removal had looked', async () => {
    await s3.keepVersions(name);
    const draft = drafted(directory.path, 'some bytes');
    await store.keep(draft);
    const looked = await bucket.head(placeOf(draft.sha256));
    await store.keep(draft);
    expect(looked?.VersionId).to.match(/./);
    await bucket.remove(placeOf(draft.sha256), looked?.VersionId);
    expect(await store.stat(draft.sha256)).to.include({ bytes: 10 });
  });

  it('with versions is rid of bytes that are removed', async () => {
    await s3.keepVersions(name);
    const { sha256, ...draft } = drafted(directory.path, 'some bytes');
    await store.keep({ sha256, ...draft });
    s3.age(name, `images/${placeOf(sha256)}`, LONG_AGO);
    expect(await store.removeIfOlder(sha256, AFTER_THAT)).to.equal(true);
    expect(await store.stat(sha256)).to.equal(null);
  });

  it('lists more than a page', async () => {
    const draft = drafted(directory.path, 'some bytes');
    const names = Array.from({ length: 1_050 }, (_, index) => sha256Of(`name ${index}`));
    await store.keep(draft);
    s3.copy(
      name,
      `images/${placeOf(draft.sha256)}`,
      names.map((sha256) => `images/${placeOf(sha256)}`),
    );
    const listed = (await Array.fromAsync(store.list())).map(({ sha256 }) => sha256);
    expect(listed.toSorted()).to.deep.equal([...names, draft.sha256].toSorted());
  });

  it('that is missing is named, with what to do', async () => {
    const open = openS3BlobStore({ bucket: 'no-such-bucket', prefix: '', owner: OWNER, onNotice: () => {} });
    expect(await rejectionOf(open)).to.be.instanceOf(StorageUnavailable);
    expect((await rejectionOf(open)).message).to.equal(
      's3://no-such-bucket cannot be used: there is no such bucket: make it, or correct its name',
    );
  });

  it('for which the keys are wrong is named, with the rights that are needed', async () => {
    const right = process.env.AWS_SECRET_ACCESS_KEY;
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    try {
      const open = openS3BlobStore({ bucket: name, prefix: '', owner: OWNER, onNotice: () => {} });
      expect((await rejectionOf(open)).message).to.match(/it refuses \(SignatureDoesNotMatch\): .*s3:ListBucket/);
    } finally {
      process.env.AWS_SECRET_ACCESS_KEY = right;
    }
  });

  it('with bytes but without owner.json is refused, since nobody knows whose they are', async () => {
    await store.keep(drafted(directory.path, 'some bytes'));
    const open = openS3BlobStore({ bucket: name, prefix: 'images', owner: OWNER, onNotice: () => {} });
    expect((await rejectionOf(open)).message).to.include(`s3://${name}/images/owner.json is missing`);
  });
});
