import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { describeBackupPlace } from '../../contracts/backup-place.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const SEGMENT = '00000000000000000001';

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
      await (await place.openSegment(SEGMENT, Buffer.alloc(0))).close();
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

  it('neither waits for a pipe nor reads a device for ever', async () => {
    const directory = temporaryDirectory();
    try {
      const place = new FolderPlace(directory.path);
      mkdirSync(join(directory.path, 'events'));
      execFileSync('mkfifo', [join(directory.path, 'backup.json'), join(directory.path, `events/${SEGMENT}.ndjson`)]);
      symlinkSync('/dev/zero', join(directory.path, 'progress.json'));
      expect((await rejectionOf(place.read('backup.json'))).message).to.contain('backup.json is no file');
      expect((await rejectionOf(place.read('progress.json'))).message).to.contain('progress.json is no file');
      expect((await rejectionOf(place.readSegment(SEGMENT, null))).message).to.contain('is no file');
      expect((await rejectionOf(place.readSegment(SEGMENT, 10))).message).to.contain('is no file');
    } finally {
      directory.remove();
    }
  });

  it('does not write over what a link in it leads to, nor lock it', async () => {
    const directory = temporaryDirectory();
    try {
      const log = join(directory.path, 'events.db');
      writeFileSync(log, 'the log');
      const folder = join(directory.path, 'backup');
      const place = new FolderPlace(folder);
      mkdirSync(join(folder, 'events'), { recursive: true });
      for (const name of ['progress.json.new', 'lock', `events/${SEGMENT}.ndjson`])
        symlinkSync(log, join(folder, name));
      await rejectionOf(place.write('progress.json', 'text'));
      await rejectionOf(place.openSegment(SEGMENT, Buffer.alloc(0)));
      await rejectionOf(place.openSegment(SEGMENT, Buffer.from('the')));
      expect((await rejectionOf(place.lock())).message).to.contain('lock is no file');
      expect(readFileSync(log, 'utf8')).to.equal('the log');
    } finally {
      directory.remove();
    }
  });
});
