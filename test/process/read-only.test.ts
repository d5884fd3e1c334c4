import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { startAs, startImports } from '../support/process.ts';
import { untilLevel } from '../support/projected.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** An account that no machine has a name for. */
const STRANGER = 12_345;

describe('a copy of a backup that may only be read', () => {
  const directory = temporaryDirectory();
  const original = join(directory.path, 'original');
  const id = newId();
  let close: () => Promise<void>;

  before(async () => {
    chmodSync(directory.path, 0o755);
    mkdirSync(original);
    const log = await openEmbeddedLog({ file: join(original, 'events.db') });
    const readModel = await openEmbeddedReadModel({ file: join(original, VIEWS_FILE) });
    close = async () => {
      await readModel.close();
      await log.close();
    };
    await log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    await untilLevel(log, readModel);
  });

  after(() => directory.remove());

  /** Everything that reads, run by somebody who may read the copy and no more; its settings say where it is, and nothing else. */
  async function expectAllToRead(files: RegExp): Promise<void> {
    const copy = join(directory.path, newId());
    mkdirSync(copy);
    for (const name of readdirSync(original).filter((file) => files.test(file))) {
      copyFileSync(join(original, name), join(copy, name));
      chmodSync(join(copy, name), 0o400);
    }
    chmodSync(copy, 0o500);
    const names = readdirSync(copy);
    const env = { NODE_ENV: 'production', DATA_DIR: copy };
    // Root may write anywhere.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const path of ['', ...names]) chownSync(join(copy, path), STRANGER, STRANGER);
    const run = (...args: string[]) =>
      (isRoot ? startAs(STRANGER, env, 'cli/start.js', args) : startImports(env, args)).ended();
    const prints = [['audit', id], ['events'], ['show', id], ['export']];
    const [verified, ...printed] = await Promise.all([run('verify', '--all'), ...prints.map((args) => run(...args))]);
    for (const { code, stdout, stderr } of printed) {
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(id);
    }
    expect(verified).to.include({ code: 0, stdout: '' });
    expect(verified.stderr).to.match(/position 1 of 1/);
    expect(readdirSync(copy)).to.deep.equal(names);
    chmodSync(copy, 0o700);
  }

  it('is read where its newest events are in the write-ahead log', () => expectAllToRead(/\.db(-wal)?$/));

  it('is read with all files of a service that is at work', () => expectAllToRead(/\.db(-wal|-shm)?$/));

  it('is read without a write-ahead log', async () => {
    await close();
    await expectAllToRead(/\.db$/);
  });
});
