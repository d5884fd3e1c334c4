import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { type ReadModel, ReplayUnderWay, type VersionBeside } from '../../../src/projections/read-model.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { firstImport, importView } from '../some-views.ts';
import { fill, startOtherProcess, withDatabase } from './fixture.ts';

const PROGRAM = fileURLToPath(new URL('./replaying-process.ts', import.meta.url));

describe('versions of views.db', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let readModel: ReadModel;
  let notices: string[];
  const opened: ReadModel[] = [];

  const open = async (): Promise<ReadModel> => {
    const another = await openEmbeddedReadModel({ file, onNotice: (notice) => notices.push(notice) });
    opened.push(another);
    return another;
  };
  const closeAll = async () => {
    for (const one of opened.splice(0)) await one.close();
  };
  /** Fills a version with one import of this id, and leaves it or puts it in its place. */
  const replay = async (id: string, end: 'goLive' | 'close' = 'goLive'): Promise<VersionBeside> => {
    const version = await readModel.beside('the test');
    await version.readModel.write({
      writes: [firstImport({ id })],
      checkpoint: { from: null, to: { log: 'the log', position: 1n } },
    });
    await version[end]();
    return version;
  };
  const shows = (id: string) => until(`${id} shows`, async () => (await readModel.get('import', id)) !== null);
  const names = () => readdirSync(directory.path).filter((name) => !name.endsWith('.lock'));
  const target = () => join(directory.path, readlinkSync(file));

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'views.db');
    notices = [];
    readModel = await open();
  });

  afterEach(async () => {
    await closeAll();
    directory.remove();
  });

  it('are one file and a link to it after a replay, however many there were', async () => {
    for (const id of ['a', 'b', 'c']) {
      const { id: version } = await replay(id);
      await shows(id);
      expect(target()).to.equal(join(directory.path, `views-${version}.db`));
      await closeAll();
      expect(names()).to.have.members(['views.db', `views-${version}.db`]);
      readModel = await open();
    }
    await shows('c');
    expect(notices).to.deep.equal([]);
  });

  it('are gone with views.db: where the link is deleted, the next start begins from nothing', async () => {
    await replay('a');
    await closeAll();
    rmSync(file);
    readModel = await open();
    expect(await readModel.get('import', 'a')).to.equal(null);
    expect(await readModel.checkpoint()).to.equal(null);
    await readModel.write({ writes: [firstImport({ id: 'b' })] });
    await closeAll();
    expect(names()).to.deep.equal(['views.db']);
    expect(lstatSync(file).isFile()).to.equal(true);
  });

  it('may be deleted while they are served, the link or what it leads to', async () => {
    for (const path of [() => file, () => target()]) {
      await replay('a');
      await shows('a');
      rmSync(path());
      await until('it is empty', async () => (await readModel.get('import', 'a')) === null);
      expect(await readModel.write({ writes: [firstImport({ id: 'b' })] })).to.deep.equal(['written']);
      await shows('b');
    }
    expect(notices).to.deep.equal([]);
  });

  it('begin from nothing where the link leads nowhere', async () => {
    await closeAll();
    rmSync(file);
    symlinkSync('views-7f5ac5a5-3f6c-4b5c-9d9f-5f3c3a7d6f2e.db', file);
    readModel = await open();
    expect(await readModel.write({ writes: [firstImport({ id: 'a' })] })).to.deep.equal(['written']);
    await shows('a');
    await replay('b');
    await shows('b');
  });

  it('go on in the same folder where an operator keeps views.db elsewhere, by a link', async () => {
    const elsewhere = temporaryDirectory();
    try {
      await closeAll();
      rmSync(file);
      symlinkSync(join(elsewhere.path, 'far.db'), file);
      readModel = await open();
      await readModel.write({ writes: [firstImport({ id: 'a' })] });
      expect(existsSync(join(elsewhere.path, 'far.db-wal'))).to.equal(true);
      await replay('b');
      await shows('b');
      expect(readdirSync(elsewhere.path)).to.deep.equal([]);
    } finally {
      elsewhere.remove();
    }
  });

  it('are set aside where they are damaged, under the name of views.db', async () => {
    await replay('a');
    await closeAll();
    writeFileSync(target(), 'damaged'.repeat(1000));
    readModel = await open();
    expect(notices.join()).to.match(/^views\.db is damaged .* set aside as views\.db\.damaged-\S+ and rebuilt/);
    expect(await readModel.checkpoint()).to.equal(null);
    await replay('b');
    await shows('b');
    expect(names().filter((name) => name.startsWith('views.db.damaged-'))).to.have.length(1);
  });

  it('are not trusted after the machine was started again', async () => {
    await replay('a');
    await closeAll();
    withDatabase(target(), (database) => database.exec("UPDATE machine_start SET id = 'an earlier one'"));
    readModel = await open();
    expect(await readModel.get('import', 'a')).to.equal(null);
    expect(notices.join()).to.match(/views\.db is rebuilt from the log/);
  });

  it('are not gone on with after the machine was started again', async () => {
    const { id } = await replay('a', 'close');
    const path = join(directory.path, `views-${id}.db`);
    withDatabase(path, (database) => database.exec("UPDATE machine_start SET id = 'an earlier one'"));
    expect(await readModel.besideStatus()).to.equal(null);
    const version = await readModel.beside('the test');
    expect(version).to.include({ isResumed: false }).and.not.include({ id });
    expect(await version.readModel.checkpoint()).to.equal(null);
    expect(existsSync(path)).to.equal(false);
    await version.close();
  });

  for (const [what, change] of [
    ['damaged', (path: string) => writeFileSync(path, 'damaged'.repeat(1000))],
    ['of another schema', (path: string) => withDatabase(path, (database) => database.exec('PRAGMA user_version = 1'))],
    ['deleted', (path: string) => rmSync(path)],
  ] as const) {
    it(`are not gone on with where what was left is ${what}`, async () => {
      const { id } = await replay('a', 'close');
      change(join(directory.path, `views-${id}.db`));
      expect(await readModel.besideStatus()).to.equal(null);
      const version = await readModel.beside('the test');
      expect(version).to.include({ isResumed: false }).and.not.include({ id });
      await version.goLive();
      await until('it is live', async () => (await readModel.checkpoint()) === null);
    });
  }

  it('do not take the live one’s place where the link to them was deleted', async () => {
    await fill(readModel, 3);
    const version = await readModel.beside('the test');
    rmSync(`${file}.beside`);
    expect(await rejectionOf(version.goLive())).to.be.instanceOf(Error);
    expect((await readModel.checkpoint())?.position).to.equal(1n);
    const anew = await readModel.beside('the test');
    expect(anew.isResumed).to.equal(false);
    await anew.close();
  });

  it('are found by another process, which is refused while this one fills them', async () => {
    const other = await startOtherProcess(file);
    try {
      const version = await readModel.beside('the test');
      expect(await other.ask('beside')).to.equal('replay_under_way');
      await version.close();
      expect(await other.ask('beside')).to.equal('resumed');
      expect(await rejectionOf(readModel.beside('the test'))).to.be.instanceOf(ReplayUnderWay);
    } finally {
      await other.end();
    }
    const version = await readModel.beside('the test');
    expect(version.isResumed).to.equal(true);
    await version.close();
  });

  it('are gone over to by another process, for reads and writes, within a second', async () => {
    const other = await startOtherProcess(file);
    try {
      await other.ask('write', 'before');
      await replay('after');
      const sinceMs = performance.now();
      await until('the other one reads it', async () => (await other.ask('get', 'after')) === 'there');
      expect(performance.now() - sinceMs).to.be.below(1000);
      expect(await other.ask('get', 'before')).to.equal('absent');
      await replay('later');
      expect(await other.ask('write', 'written')).to.equal('written');
      await shows('written');
    } finally {
      await other.end();
    }
  });

  it('answer reads and writes that never pause while one after the other goes live', async () => {
    let isReplaying = true;
    const readers = Array.from({ length: 4 }, async () => {
      const ids = Array.from({ length: 1200 }, (_, index) => `absent-${index}`);
      while (isReplaying) await readModel.getMany('import', [...ids, 'a']);
    });
    const writers = Array.from({ length: 4 }, async () => {
      while (isReplaying) expect(await readModel.write({ writes: [firstImport()] })).to.deep.equal(['written']);
    });
    for (let round = 0; round < 20; round += 1) await replay('a');
    isReplaying = false;
    await Promise.all([...readers, ...writers]);
    await shows('a');
  });

  it('stand whole, one or the other, wherever the process is killed that puts one in the place of the other', async () => {
    const other = await startOtherProcess(file);
    // What a killed one has filled, a later one may put in its place.
    const filled: string[][] = [[]];
    try {
      for (let step = 0; ; step += 1) {
        const after = Array.from({ length: 200 }, (_, index) => `${step}-${index}`);
        const isDone = await replayElsewhere(after, step);
        filled.push(after.toSorted());
        const fresh = await open();
        const live = (await fresh.page('import', null, 1000)).map((paged) => ('view' in paged ? paged.view.id : ''));
        expect(filled).to.deep.include(live);
        expect((await fresh.checkpoint())?.position).to.equal(live.length === 0 ? undefined : 1n);
        for (const id of live.slice(0, 1)) {
          await until('the others follow', async () => (await readModel.get('import', id)) !== null);
          await until('the others follow', async () => (await other.ask('get', id)) === 'there');
        }
        if (isDone) break;
      }
      // What was left on the way is gone with the last one, which ran through.
      await other.end();
      await closeAll();
      expect(names()).to.have.members(['views.db', basename(target())]);
    } finally {
      await other.end();
    }
  });

  /** A replay by a process that is killed before so manieth change of the file system; says whether it came to its end. */
  async function replayElsewhere(ids: readonly string[], steps: number): Promise<boolean> {
    const node = ['--disable-warning=ExperimentalWarning', PROGRAM, file, ids.join(), String(steps)];
    const child = spawn(process.execPath, node, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (signal === null) expect(code).to.equal(0);
    else expect(signal).to.equal('SIGKILL');
    return signal === null;
  }

  it('keep their views apart, though one process has both open', async () => {
    const view = importView({ id: 'a' });
    const version = await readModel.beside('the test');
    await version.readModel.write({ writes: [{ kind: 'import', expectedRevision: null, revision: 0, view }] });
    expect(await readModel.get('import', 'a')).to.equal(null);
    await version.discard();
    expect(names().filter((name) => name !== 'views.db' && !/^views\.db-/.test(name))).to.deep.equal([]);
  });
});
