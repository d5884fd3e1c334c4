import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { placeOf } from '../../../src/importer/blobs/blob-store.ts';
import { openLocalBlobStore, openLocalBlobStoreForReading } from '../../../src/importer/blobs/local/open.ts';
import { type BlobPlace, describeBlobStore } from '../../contracts/blob-store.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function place(): Promise<BlobPlace> {
  const directory = temporaryDirectory();
  const folder = join(directory.path, 'blobs');
  return {
    open: (owner, onNotice = () => {}) => openLocalBlobStore({ folder, isMade: true, owner, onNotice }),
    openForReading: (owner) => openLocalBlobStoreForReading({ folder, isMade: true, owner }),
    async age(sha256, at) {
      utimesSync(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), at, at);
    },
    names: async () =>
      existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted() : [],
    cleanUp: async () => directory.remove(),
  };
}

describeBlobStore('a local folder', place);

describe('a local folder that others can write to', () => {
  it('is neither waited for at the end of a pipe nor read for ever', async () => {
    const directory = temporaryDirectory();
    try {
      const folder = directory.path;
      const owner = { log: 'a3c1c26f-6f8e-4f6b-9a0c-1a1a1a1a1a1a', service: 'ours' };
      const open = () => openLocalBlobStoreForReading({ folder, isMade: false, owner });
      execFileSync('mkfifo', [join(folder, 'owner.json')]);
      expect((await rejectionOf(open())).message).to.contain('owner.json is no file');
      rmSync(join(folder, 'owner.json'));
      symlinkSync('/dev/zero', join(folder, 'owner.json'));
      expect((await rejectionOf(open())).message).to.contain('owner.json is no file');
      rmSync(join(folder, 'owner.json'));

      const sha256 = 'ab'.repeat(32);
      mkdirSync(dirname(join(folder, placeOf(sha256))), { recursive: true });
      execFileSync('mkfifo', [join(folder, placeOf(sha256))]);
      const found = await (await open()).read(sha256);
      expect(found?.bytes).to.equal(0);
      found?.stream.destroy();
    } finally {
      directory.remove();
    }
  });
});
