import { join } from 'node:path';
import { StatementSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { firstImport } from '../some-views.ts';

describe('a page of large imports in the embedded read model', () => {
  const directory = temporaryDirectory();
  const { all, iterate } = StatementSync.prototype;
  let readModel: ReadModel;
  /** Of text, in the rows that SQLite gave. */
  let characters = 0;

  function count<R>(row: R): R {
    for (const column of Object.values(row as object)) if (typeof column === 'string') characters += column.length;
    return row;
  }

  before(async () => {
    readModel = await openEmbeddedReadModel({ file: join(directory.path, 'views.db') });
    Object.assign(StatementSync.prototype, {
      all(this: StatementSync, ...parameters: unknown[]) {
        return all.apply(this, parameters as never).map(count);
      },
      iterate(this: StatementSync, ...parameters: unknown[]) {
        return Iterator.from(iterate.apply(this, parameters as never)).map(count);
      },
    });
  });

  after(async () => {
    Object.assign(StatementSync.prototype, { all, iterate });
    await readModel.close();
    directory.remove();
  });

  it('reads one import more than it returns, and no other', async () => {
    const params = JSON.stringify('x'.repeat(100_000));
    await readModel.write({
      writes: Array.from({ length: 40 }, () => firstImport({ organization_id: 'o', params })),
    });
    characters = 0;
    const { items: imports } = await readModel.list('import', {
      organizationId: 'o',
      limit: 50,
      maxCharacters: 250_000,
    });
    expect(imports).to.have.length(2);
    expect(characters).to.be.within(2 * params.length, 3.1 * params.length);
  });
});
