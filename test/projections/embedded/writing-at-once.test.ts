import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { firstImport, firstOf, importView } from '../some-views.ts';
import { withDatabase } from './fixture.ts';

describe('the embedded read model, which writes at once,', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let readModel: ReadModel;

  const write = (...ids: string[]) => readModel.write({ writes: ids.map((id) => firstImport({ id })) });
  const isThere = (id: string) =>
    withDatabase(file, (database) => database.prepare('SELECT 1 FROM imports WHERE id = ?').get(id) !== undefined);

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory.path, 'views.db');
    readModel = await openEmbeddedReadModel({ file });
  });

  afterEach(async () => {
    await readModel.close();
    directory.remove();
  });

  it('has written a single view when the call returns', async () => {
    const writing = write('single');
    expect(isThere('single')).to.equal(true);
    expect(await writing).to.deep.equal(['written']);
    expect(await write('single')).to.deep.equal(['conflict']);
  });

  it('leaves several views to the writing thread, and the writes after them too', async () => {
    const several = write('one', 'two');
    const after = write('three');
    expect(['one', 'two', 'three'].map(isThere)).to.deep.equal([false, false, false]);
    expect(await several).to.deep.equal(['written', 'written']);
    expect(await after).to.deep.equal(['written']);
  });

  it('leaves a large view to the writing thread', async () => {
    const view = importView({ id: 'large', params: JSON.stringify({ a: 'x'.repeat(20_000) }) });
    const writing = readModel.write({ writes: [firstOf('import', view)] });
    expect(isThere('large')).to.equal(false);
    expect(await writing).to.deep.equal(['written']);
  });

  it('does not block the event loop however many single views are written one by one', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    for (let count = 0; count < 1_000 && !turned; count += 1) await write(`view ${count}`);
    expect(turned).to.equal(true);
  });

  it('continues with other work while another connection writes, and writes after it', async () => {
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const writing = write('late');
    for (let turns = 0; turns < 100; turns += 1) await nextTurn();
    other.exec('COMMIT');
    other.close();
    expect(await writing).to.deep.equal(['written']);
  });

  it('writes to the file that the path names now, not to an earlier one', async () => {
    await write('before');
    renameSync(file, `${file}.old`);
    expect(await write('after')).to.deep.equal(['written']);
    expect(isThere('after')).to.equal(true);
    expect(isThere('before')).to.equal(false);
  });
});
