import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { openLocalBlobStore, openLocalBlobStoreForReading } from '../../../src/importer/blobs/local/open.ts';
import { type BlobPlace, describeBlobStore } from '../../contracts/blob-store.ts';
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
