import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { firstOf, importView } from '../some-views.ts';
import { type OtherProcess, startOtherProcess, withDatabase } from './fixture.ts';

describe('two processes on the same file of the embedded read model', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let readModel: ReadModel;
  let other: OtherProcess;

  const write = (view: ImportView) => readModel.write({ writes: [firstOf('import', view)] });

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'views.db');
    readModel = await openEmbeddedReadModel({ file });
    other = await startOtherProcess(file);
  });

  afterEach(async () => {
    await other.end();
    await readModel.close();
    directory.remove();
  });

  it('see at once what the other has written', async () => {
    expect(await other.ask('write', 'theirs')).to.equal('written');
    expect(await readModel.get('import', 'theirs')).to.not.equal(null);
    await write(importView({ id: 'ours' }));
    expect(await other.ask('get', 'ours')).to.equal('there');
    expect(await other.ask('write', 'ours')).to.equal('conflict');
  });

  it('do not starve each other by writes that never pause', async () => {
    let writing = true;
    const writers = Array.from({ length: 16 }, async () => {
      while (writing) await write(importView());
    });
    for (let number = 0; number < 20; number += 1) {
      expect(await other.ask('write', `theirs-${number}`)).to.equal('written');
    }
    writing = false;
    await Promise.all(writers);
  });

  it('both use the same new file after it was deleted, and neither removes the other’s', async () => {
    await write(importView({ id: 'lost' }));
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    expect(await other.ask('write', 'theirs')).to.equal('written');
    await write(importView({ id: 'ours' }));
    expect(await other.ask('get', 'ours')).to.equal('there');
    const ids = ['lost', 'ours', 'theirs'];
    expect([...(await readModel.getMany('import', ids)).keys()]).to.have.members(['ours', 'theirs']);
    await other.end();
    expect([...(await readModel.getMany('import', ids)).keys()]).to.have.members(['ours', 'theirs']);
  });

  it('both use the same new file if one of them finds it damaged', async () => {
    await write(importView({ id: 'before' }));
    withDatabase(file, (database) => database.exec('DROP TABLE quarantine'));
    const third = await startOtherProcess(file);
    try {
      expect(await third.ask('write', 'theirs')).to.equal('written');
      await until('we read the fresh file', async () => (await readModel.get('import', 'theirs')) !== null);
      expect(await readModel.get('import', 'before')).to.equal(null);
      expect(await write(importView({ id: 'ours' }))).to.deep.equal(['written']);
      expect(await third.ask('get', 'ours')).to.equal('there');
    } finally {
      await third.end();
    }
  });

  it('see that the other has cleared the views', async () => {
    await write(importView({ id: 'ours' }));
    expect(await other.ask('clear')).to.equal('cleared');
    expect(await readModel.get('import', 'ours')).to.equal(null);
  });

  it('are unavailable for writes in time while another holds the lock, still read, and recover', async () => {
    await write(importView({ id: 'before' }));
    await withLock(async () => {
      const writes = Array.from({ length: 5 }, () => rejectionOf(write(importView())));
      expect(await readModel.get('import', 'before')).to.not.equal(null);
      for (const error of await Promise.all(writes)) expect(error).to.be.instanceOf(ReadModelUnavailable);
    });
    expect(await write(importView({ id: 'after' }))).to.deep.equal(['written']);
  });

  /** The lock is held by a connection of this process, which makes no difference to SQLite. */
  async function withLock(work: () => Promise<void>): Promise<void> {
    const holder = new DatabaseSync(file);
    try {
      holder.exec('BEGIN IMMEDIATE');
      await work();
    } finally {
      holder.close();
    }
  }
});
