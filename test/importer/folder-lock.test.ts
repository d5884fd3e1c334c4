import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderLock } from '../../src/importer/folder-lock.ts';
import { lockFile } from '../../src/sqlite/lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const LOG = '0d9fdc6b-0c5e-4a61-a5f6-95c58e6b2f41';

describe('the lock of a data folder', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'importer.lock');
  const opened: FolderLock[] = [];

  function open(path = file, log = LOG): FolderLock {
    const lock = new FolderLock(path, log);
    opened.push(lock);
    return lock;
  }

  afterEach(() => {
    for (const lock of opened.splice(0)) lock.close();
    rmSync(file, { force: true });
  });

  after(() => directory.remove());

  it('names each start anew, and knows the workers of earlier starts', () => {
    const first = open();
    expect(first.tryTake()).to.equal(true);
    const { worker } = first;
    first.close();
    const second = open();
    expect(second.tryTake()).to.equal(true);
    expect(second.worker).not.to.equal(worker);
    expect(second.hasEnded(worker)).to.equal(true);
    expect(second.hasEnded(second.worker)).to.equal(false);
  });

  it('says of no worker that it has ended while another process has the lock', () => {
    const first = open();
    first.tryTake();
    const { worker } = first;
    first.close();
    // Of this process, which could take its own lock again.
    const others = lockFile(file, 0);
    const second = open();
    expect(second.tryTake()).to.equal(false);
    expect(second.hasEnded(worker)).to.equal(false);
    others.close();
    expect(second.tryTake()).to.equal(true);
    expect(second.hasEnded(worker)).to.equal(true);
  });

  it('is not taken for that of a worker that never had it', () => {
    const without = open();
    const first = open();
    first.tryTake();
    expect(first.hasEnded(without.worker)).to.equal(false);
  });

  it('is another one in a copy of the folder, and in another log', () => {
    const first = open();
    first.tryTake();
    const { worker } = first;
    first.close();
    const copy = join(directory.path, 'copy.lock');
    copyFileSync(file, copy);
    const ofCopy = open(copy);
    expect(ofCopy.tryTake()).to.equal(true);
    expect(ofCopy.hasEnded(worker)).to.equal(false);
    const ofOtherLog = open(file, '1c6b7f7e-35ce-4f59-9f27-37a4f8c1cf01');
    expect(ofOtherLog.tryTake()).to.equal(true);
    expect(ofOtherLog.hasEnded(worker)).to.equal(false);
  });

  it('is done without where no file can be made', () => {
    const none = open(join(directory.path, 'missing', 'importer.lock'));
    expect(none.tryTake()).to.equal(false);
    expect(none.worker).to.match(/^[0-9a-f-]{36}$/);
  });
});
