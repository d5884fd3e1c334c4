import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { CheckpointLost, ReadModelUnavailable } from '../../../src/projections/errors.ts';
import type { Checkpoint } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { firstOf, importView } from '../some-views.ts';
import { fill, withDatabase } from './fixture.ts';
import { overwrite } from './overwrite.ts';

describe('the running embedded read model', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let readModel: ReadModel;
  let views: ImportView[];
  let notices: string[];
  let known: Checkpoint | null;

  const write = (view: ImportView) => readModel.write({ writes: [firstOf('import', view)] });
  const at = (position: bigint) => ({ log: 'the log', position });

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'views.db');
    notices = [];
    readModel = await openEmbeddedReadModel({ file, onNotice: (message) => notices.push(message) });
    views = await fill(readModel, 300);
    known = await readModel.checkpoint();
    // So that all is in the file, and nothing in a cache.
    withDatabase(file, (database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  });

  afterEach(async () => {
    await readModel.close();
    directory.remove();
  });

  /** It works on a fresh file, and its follower begins from the start. */
  async function expectFresh(): Promise<void> {
    expect(await readModel.get('import', (views[0] as ImportView).id)).to.equal(null);
    const error = await rejectionOf(readModel.write({ writes: [], checkpoint: { from: known, to: at(2n) } }));
    expect(error).to.be.instanceOf(CheckpointLost);
    const view = importView();
    expect(await write(view)).to.deep.equal(['written']);
    expect((await readModel.get('import', view.id))?.view).to.deep.equal(view);
    const inFile = withDatabase(file, (database) => database.prepare('SELECT id FROM imports').all());
    expect(inFile.map(({ id }) => id)).to.deep.equal([view.id]);
  }

  function expectSaidOnce(): void {
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(/^views\.db is damaged \(.+\): it is kept as views\.db\.damaged-\S+ and rebuilt/);
    expect(readdirSync(directory.path).filter((name) => /damaged-[^-]+-[^-]+-[^-]+$/.test(name))).to.have.length(1);
  }

  const damages: { readonly [what: string]: () => void } = {
    'overwritten from its beginning': () => overwrite(file, 0, statSync(file).size),
    'overwritten behind its first page': () => overwrite(file, 2048, statSync(file).size - 2048),
    'cut off': () => execFileSync('truncate', ['-s', String(2048), file]),
  };
  const operations: { readonly [what: string]: () => Promise<unknown> } = {
    'a get': () => readModel.get('import', (views[9] as ImportView).id),
    'a list': () => readModel.list('import', { organizationId: (views[0] as ImportView).organization_id, limit: 300 }),
    'a write': () => write(importView()),
  };
  for (const [how, damage] of Object.entries(damages)) {
    for (const [what, operation] of Object.entries(operations)) {
      it(`has a new file after ${what} of a file that is ${how}, which fails and says so`, async () => {
        damage();
        const error = await rejectionOf(operation());
        expect(error).to.be.instanceOf(ReadModelUnavailable);
        await expectFresh();
        expectSaidOnce();
      });
    }
  }

  for (const [how, damage] of Object.entries(damages)) {
    it(`can be cleared if its file is ${how}, and has a new file then`, async () => {
      damage();
      await readModel.clear();
      await expectFresh();
      expect(notices).to.deep.equal([]);
    });
  }

  it('says once that it is damaged if many calls meet the damage, and each call settles', async () => {
    overwrite(file, 0, statSync(file).size);
    const settled = await Promise.allSettled([
      ...views.map(({ id }) => readModel.get('import', id)),
      ...Array.from({ length: 50 }, () => write(importView())),
    ]);
    const reasons = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(reasons).to.not.deep.equal([]);
    for (const reason of reasons) expect(reason).to.be.instanceOf(ReadModelUnavailable);
    expectSaidOnce();
    await readModel.clear();
    await expectFresh();
  });

  it('is damaged if a text in it was overwritten with one that is not ours', async () => {
    const { id } = views[0] as ImportView;
    withDatabase(file, (database) => database.prepare(`UPDATE imports SET album_id = '"' WHERE id = ?`).run(id));
    expect(await rejectionOf(readModel.get('import', id))).to.be.instanceOf(ReadModelUnavailable);
    await expectFresh();
    expectSaidOnce();
  });

  it('is damaged if a tool drops a table', async () => {
    withDatabase(file, (database) => database.exec('DROP TABLE imports'));
    expect(await rejectionOf(write(importView()))).to.be.instanceOf(ReadModelUnavailable);
    await expectFresh();
    expectSaidOnce();
  });

  for (const [what, remove] of [
    ['deletes the file', () => rmSync(file)],
    [
      'deletes the file and the files beside it',
      () => ['', '-wal', '-shm'].map((suffix) => rmSync(file + suffix, { force: true })),
    ],
    ['moves the file away', () => renameSync(file, `${file}.moved`)],
  ] as const) {
    it(`makes a new file, by a write or by a read, if somebody ${what}`, async () => {
      remove();
      await write(importView({ id: 'over the fresh file' }));
      expect(await readModel.get('import', 'over the fresh file')).to.not.equal(null);
      expect(await readModel.get('import', (views[0] as ImportView).id)).to.equal(null);
      remove();
      await until('a read notices', async () => (await readModel.get('import', 'over the fresh file')) === null);
      await expectFresh();
      expect(notices).to.deep.equal([]);
    });
  }

  it('is unavailable while a new file cannot be made', async () => {
    execFileSync('sh', ['-c', 'rm "$0"; rm "$0.lock"; mkdir "$0.lock"', file]);
    expect(await rejectionOf(write(importView()))).to.be.instanceOf(ReadModelUnavailable);
    expect(
      await until('a read notices', () =>
        readModel.checkpoint().then(
          () => null,
          (error) => error,
        ),
      ),
    ).to.be.instanceOf(ReadModelUnavailable);
    execFileSync('rmdir', [`${file}.lock`]);
    await expectFresh();
  });
});
