import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { describeBackupPlace } from '../../contracts/backup-place.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describeBackupPlace('a folder', async () => {
  const directory = temporaryDirectory();
  const folder = join(directory.path, 'backup');
  return {
    async open() {
      const place = new FolderPlace(folder);
      await place.make();
      return place;
    },
    files: () => readdirSync(join(folder, 'events')),
    cleanUp: async () => directory.remove(),
  };
});

describe('a backup in a folder', () => {
  it('can be read by its owner only', async () => {
    const directory = temporaryDirectory();
    const folder = join(directory.path, 'backup');
    const umask = process.umask(0);
    try {
      const place = new FolderPlace(folder);
      await place.make();
      await place.write('progress.json', 'text');
      await (await place.openSegment('00000000000000000001', Buffer.alloc(0))).close();
      await (await place.lock()).close();
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
      const open = [folder, ...paths].filter((path) => (statSync(path).mode & 0o077) !== 0);
      expect(open).to.deep.equal([]);
    } finally {
      process.umask(umask);
      directory.remove();
    }
  });

  it('is not written to any more after another folder has taken its place, as when a disk is unmounted', async () => {
    const directory = temporaryDirectory();
    try {
      const folder = join(directory.path, 'backup');
      const place = new FolderPlace(folder);
      await place.make();
      const lock = await place.lock();
      await lock.assertHeld();
      renameSync(folder, join(directory.path, 'unmounted'));
      mkdirSync(folder);
      expect((await rejectionOf(lock.assertHeld())).message).to.contain('unmounted, removed or replaced');
      await lock.close();
    } finally {
      directory.remove();
    }
  });
});
