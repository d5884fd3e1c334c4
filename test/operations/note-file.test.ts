import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { lastBackup, noteBackup } from '../../src/operations/backup/last-backup.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NOTE = { log: 'a-log', to: '/mnt', up_to: '7', events: 7, missing: 0, at: '2026-11-27T01:00:00Z' };

describe('a note in the data directory', () => {
  it('is read for its own log, and a pipe in its place is not waited for', async () => {
    const directory = temporaryDirectory();
    try {
      expect(await lastBackup(directory.path, 'a-log')).to.equal(null);
      await noteBackup(directory.path, NOTE);
      expect(await lastBackup(directory.path, 'a-log')).to.deep.equal(NOTE);
      expect(await lastBackup(directory.path, 'another-log')).to.equal(null);
      const file = join(directory.path, 'last-backup.json');
      rmSync(file);
      execFileSync('mkfifo', [file]);
      expect(await lastBackup(directory.path, 'a-log')).to.equal(null);
    } finally {
      directory.remove();
    }
  });
});
