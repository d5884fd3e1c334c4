import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Draft, Drafts } from '../../../src/importer/blobs/draft.ts';
import { ImportFailure } from '../../../src/importer/import-failure.ts';
import { Room } from '../../../src/machine/room.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const LIMIT = 2_000_000;

describe('a draft', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let folder: string;
  let drafts: Drafts;
  let begun: Draft[];

  const begin = async () => {
    const draft = await drafts.begin();
    begun.push(draft);
    return draft;
  };

  beforeEach(() => {
    directory = temporaryDirectory();
    folder = join(directory.path, 'tmp');
    drafts = new Drafts({ folder, limitBytes: LIMIT });
    begun = [];
  });

  afterEach(async () => {
    for (const draft of begun) await draft.discard();
    directory.remove();
  });

  it('has what was written to it, its length and its hashes', async () => {
    const bytes = randomBytes(LIMIT);
    const draft = await begin();
    for (let at = 0; at < LIMIT; at += 77_777) await draft.write(bytes.subarray(at, at + 77_777));
    expect(draft.bytes).to.equal(LIMIT);
    const { path, sha256, md5, bytes: length } = await draft.end();
    expect(readFileSync(path).equals(bytes)).to.equal(true);
    expect(length).to.equal(LIMIT);
    expect(sha256).to.equal(createHash('sha256').update(bytes).digest('hex'));
    expect(md5).to.equal(createHash('md5').update(bytes).digest('hex'));
  });

  it('takes chunks of any size, and copies of them', async () => {
    const draft = await begin();
    const chunk = Buffer.alloc(1);
    for (let count = 0; count < 1_000; count += 1) {
      chunk[0] = count % 256;
      await draft.write(chunk);
    }
    await draft.write(Buffer.alloc(0));
    await draft.write(Buffer.alloc(1_000_000, 7));
    const { path } = await draft.end();
    const written = readFileSync(path);
    expect(written).to.have.length(1_001_000);
    expect(written.subarray(0, 1_000).every((byte, index) => byte === index % 256)).to.equal(true);
    expect(written.subarray(1_000).every((byte) => byte === 7)).to.equal(true);
  });

  it('may have no bytes', async () => {
    const draft = await begin();
    expect(await draft.end()).to.include({ bytes: 0, md5: 'd41d8cd98f00b204e9800998ecf8427e' });
  });

  it('takes no more than the limit', async () => {
    const draft = await begin();
    await draft.write(Buffer.alloc(LIMIT));
    const failure = await rejectionOf(draft.write(Buffer.alloc(1)));
    expect(failure).to.be.instanceOf(ImportFailure).with.property('reason', 'source_too_large');
    expect(failure.message).to.include('2000000 bytes');
  });

  it('leaves nothing when it is discarded, whenever that is', async () => {
    const [open, ended, twice] = [await begin(), await begin(), await begin()];
    await ended.end();
    for (const draft of [open, ended, twice, twice]) await draft.discard();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is not begun when the disk is nearly full', async () => {
    const full = new Drafts({ folder, limitBytes: LIMIT, floorBytes: Number.MAX_SAFE_INTEGER });
    const failure = await rejectionOf(full.begin());
    expect(failure).to.be.instanceOf(ImportFailure).with.property('reason', 'storage_unavailable');
    expect(failure.message).to.include('its disk is full');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('on a disk that fills up says so, and goes on when there is room', async () => {
    const path = join(directory.path, 'draft');
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const handle = { appendFile: () => Promise.reject(full), close: async () => {} } as unknown as FileHandle;
    const draft = new Draft(path, handle, LIMIT, new Room(directory.path, 0));
    const failure = await rejectionOf(draft.write(Buffer.alloc(LIMIT)));
    expect(failure).to.be.instanceOf(ImportFailure).with.property('reason', 'storage_unavailable');
    expect(failure.message).to.include('its disk is full');
    expect(failure.cause).to.equal(full);
    await draft.discard();
    await (await begin()).write(Buffer.alloc(LIMIT));
  });

  it('that cannot be written says so, without the path', async () => {
    writeFileSync(folder, 'no folder');
    const failure = await rejectionOf(drafts.begin());
    expect(failure).to.be.instanceOf(ImportFailure).with.property('reason', 'storage_unavailable');
    expect(failure.message).to.include('ENOTDIR').and.not.include(directory.path);
    expect(failure.cause).to.have.property('code', 'ENOTDIR');
  });

  describe('that a crash left', () => {
    it('is removed after an hour, and nothing else is', async () => {
      mkdirSync(folder);
      const [old, young, other] = [randomUUID(), randomUUID(), 'notes.txt'].map((name) => join(folder, name));
      const longAgo = new Date(Date.now() - 3_700_000);
      for (const file of [old, young, other]) writeFileSync(file as string, '');
      for (const file of [old, other]) utimesSync(file as string, longAgo, longAgo);
      expect(await drafts.removeLeftovers()).to.equal(1);
      expect([old, young, other].map((file) => existsSync(file as string))).to.deep.equal([false, true, true]);
    });

    it('needs no folder', async () => {
      expect(await drafts.removeLeftovers()).to.equal(0);
    });
  });
});
