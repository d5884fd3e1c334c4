import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EmbeddedSealedStore } from '../../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import type { SealedStore } from '../../../../src/importer/sealed/sealed-store.ts';
import { type OtherProcess, startOtherProcess } from '../../../support/start-other-process.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

describe('two processes on the same sealed.db', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: SealedStore;
  let other: OtherProcess<keyof SealedStore>;
  const program = new URL('./other-process.ts', import.meta.url);
  const bytes = randomBytes(700);

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'sealed.db');
    other = await startOtherProcess(program, file);
    store = new EmbeddedSealedStore({ file });
  });

  afterEach(async () => {
    await other.end();
    await store.close();
    directory.remove();
  });

  it('see at once what the other has put and removed', async () => {
    await other.ask('put', 'import 1', bytes, null);
    expect(await store.get('import 1')).to.deep.equal(new Uint8Array(bytes));
    await store.put('import 2', bytes, null);
    expect(await other.ask('ids', 'import ', null, 10)).to.deep.equal(['import 1', 'import 2']);
    await store.remove('import 1');
    expect(await other.ask('get', 'import 1')).to.equal(null);
  });

  it('take turns, however much each of them writes and reads', async () => {
    let writing = true;
    const writers = Array.from({ length: 8 }, async (_, number) => {
      while (writing) {
        await store.put(`import ${number}`, bytes, null);
        await store.get(`import ${number}`);
      }
    });
    for (let round = 0; round < 30; round += 1) {
      expect(await other.ask('put', 'import x', bytes, null)).to.equal(undefined);
      expect(await other.ask('get', 'import x')).to.deep.equal(new Uint8Array(bytes));
    }
    writing = false;
    await Promise.all(writers);
  });

  it('lose nothing that was put, and get nothing back that was removed, when one of them is killed', async () => {
    for (let number = 0; number < 20; number += 1) await other.ask('put', `import ${number + 10}`, bytes, null);
    for (let number = 0; number < 10; number += 1) await other.ask('remove', `import ${number + 10}`);
    // Killed in the middle of a write, with nobody else there to tidy up.
    void other.ask('put', 'import 99', randomBytes(2_000_000), null).catch(() => {});
    await other.kill();
    const ids = await store.ids('import ', null, 100);
    expect(ids.filter((id) => id !== 'import 99')).to.deep.equal(
      Array.from({ length: 10 }, (_, number) => `import ${number + 20}`),
    );
    expect(await store.get('import 25')).to.deep.equal(new Uint8Array(bytes));
    await store.put('import 1', bytes, null);
    expect(statSync(`${file}-journal`).size).to.equal(0);
  });

  it('both go on with the same new file if it is removed', async () => {
    await store.put('import 1', bytes, null);
    await other.ask('get', 'import 1');
    for (const ending of ['', '-journal']) rmSync(file + ending, { force: true });
    await other.ask('put', 'import 2', bytes, null);
    expect(await store.ids('import ', null, 10)).to.deep.equal(['import 2']);
  });

  it('of which one has no room to write says so, still reads and removes, and writes again when there is room', async () => {
    await other.ask('put', 'import 1', bytes, null);
    await other.ask('put', 'import 2', bytes, null);
    other.limitFiles(String(statSync(file).size + 1_024));
    expect(await other.ask('put', 'import 3', randomBytes(100_000), null)).to.include({
      failure: 'sealed_unavailable',
    });
    expect(await other.ask('get', 'import 1')).to.deep.equal(new Uint8Array(bytes));
    expect(await other.ask('remove', 'import 2')).to.equal(undefined);
    other.limitFiles('unlimited');
    expect(await other.ask('put', 'import 3', randomBytes(100_000), null)).to.equal(undefined);
    expect(await store.ids('import ', null, 10)).to.deep.equal(['import 1', 'import 3']);
  });

  it('make files that their owner alone may use', async () => {
    const umask = process.umask(0o077);
    try {
      await store.put('import 1', bytes, null);
    } finally {
      process.umask(umask);
    }
    const modes = readdirSync(directory.path).map((name) => statSync(join(directory.path, name)).mode & 0o777);
    expect(new Set(modes)).to.deep.equal(new Set([0o600]));
  });
});
