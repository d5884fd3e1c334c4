import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type BringParts, bring, type Said } from '../../src/importer/brought.ts';
import { imageIdOf } from '../../src/importer/image-id.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import { MemoryBlobs } from '../support/memory-blobs.ts';
import { PNG } from '../support/png.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const OTHER_ID = '0b7a5c7e-2f55-4a0e-9c0b-4b7d6f9d2a11';
const hash = (name: string) => createHash(name).update(PNG).digest('hex');
const [MD5, SHA256] = [hash('md5'), hash('sha256')];

describe('the image that an import brings', () => {
  const directory = temporaryDirectory();
  const path = join(directory.path, 'draft');
  let blobs: MemoryBlobs;

  before(() => writeFileSync(path, PNG));

  beforeEach(() => {
    blobs = new MemoryBlobs();
  });

  after(() => directory.remove());

  const bringIt = (importId = ID, said: Partial<Said> = {}, parts: Partial<BringParts> = {}) =>
    bring(
      { blobs, look: async () => ({ format: 'png', contentType: 'image/png', width: 3, height: 2 }), ...parts },
      importId,
      { path, sha256: SHA256, md5: MD5, bytes: PNG.length },
      { bytes: null, md5: null, filename: null, ...said },
    );

  it('is what its bytes are, with the name that the source gives', async () => {
    expect(await bringIt(ID, { bytes: PNG.length, md5: MD5.toUpperCase(), filename: '1.png' })).to.deep.equal({
      ...{ id: imageIdOf(ID), sha256: SHA256, md5: MD5, bytes: PNG.length, filename: '1.png' },
      ...{ content_type: 'image/png', format: 'png', width: 3, height: 2 },
    });
    expect(blobs.kept.get(SHA256)).to.deep.equal(PNG);
  });

  it('is the same one when it is brought twice, by whomever', async () => {
    expect(await bringIt()).to.deep.equal(await bringIt());
    // Never another one: what refers to an image would lead nowhere.
    expect(imageIdOf(ID)).to.equal('206e49cf-30b7-5555-a516-7aa26ea66086');
  });

  it('is another one for another import, though the bytes are equal and kept once', async () => {
    const [one, other] = [await bringIt(ID), await bringIt(OTHER_ID)];
    expect(one.id).not.to.equal(other.id);
    expect(one.sha256).to.equal(other.sha256);
    expect(blobs.kept.size).to.equal(1);
  });

  it('is none, and nothing is kept, if it is not what the source says', async () => {
    for (const said of [{ bytes: PNG.length + 1 }, { bytes: 0 }, { md5: 'd41d8cd98f00b204e9800998ecf8427e' }]) {
      const error = await rejectionOf(bringIt(ID, said));
      expect(error).to.be.instanceOf(ImportFailure).and.include({ reason: 'checksum_mismatch', trouble: null });
    }
    expect(blobs.kept.size).to.equal(0);
  });

  it('is none, and nothing is kept, if it is no image', async () => {
    const look = () => Promise.reject(new ImportFailure('not_an_image', 'It is a page.'));
    expect(await rejectionOf(bringIt(ID, {}, { look }))).to.include({ reason: 'not_an_image' });
    expect(blobs.kept.size).to.equal(0);
  });

  it('has no name that is longer than names of files are', async () => {
    expect((await bringIt(ID, { filename: 'x'.repeat(1_000) })).filename).to.equal('x'.repeat(255));
  });
});
