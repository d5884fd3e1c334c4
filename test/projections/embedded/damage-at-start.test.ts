import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { fill, withDatabase } from './fixture.ts';
import { overwrite } from './overwrite.ts';

describe('opening the embedded read model', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let views: ImportView[];
  let notices: string[];

  const open = () => openEmbeddedReadModel({ file, onNotice: (message) => notices.push(message) });
  const names = (pattern: RegExp) => readdirSync(directory.path).filter((name) => pattern.test(name));

  /** What the file holds when it is opened again. */
  async function found(): Promise<{ views: number; position: bigint | undefined }> {
    const readModel = await open();
    try {
      const there = await readModel.getMany(
        'import',
        views.map(({ id }) => id),
      );
      return { views: there.size, position: (await readModel.checkpoint())?.position };
    } finally {
      await readModel.close();
    }
  }

  const filled = temporaryDirectory();

  before(async () => {
    const readModel = await openEmbeddedReadModel({ file: join(filled.path, 'views.db') });
    views = await fill(readModel, 300);
    await readModel.close();
  });

  after(() => filled.remove());

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'views.db');
    notices = [];
    cpSync(filled.path, directory.path, { recursive: true });
  });

  afterEach(() => directory.remove());

  it('finds everything in one file that was closed cleanly', async () => {
    expect(names(/-(wal|shm)$/)).to.deep.equal([]);
    expect(await found()).to.deep.equal({ views: 300, position: 1n });
    expect(notices).to.deep.equal([]);
  });

  it('rebuilds the file if the machine was restarted since, because nothing was synced to disk', async () => {
    withDatabase(file, (database) => database.exec("UPDATE machine_start SET id = 'an earlier one'"));
    expect(await found()).to.deep.equal({ views: 0, position: undefined });
    expect(notices).to.deep.equal(['views.db is rebuilt from the log: it was written before this machine was started']);
    expect(await found()).to.deep.equal({ views: 0, position: undefined });
    expect(notices).to.have.length(1);
  });

  const damages: { readonly [what: string]: readonly [() => void, RegExp] } = {
    'is no database': [() => writeFileSync(file, 'this is no database'.repeat(500)), /not a database/],
    'was overwritten in its header': [() => overwrite(file, 0, 100), /not a database/],
    'was overwritten in its middle': [() => overwrite(file, 4 * 2048, statSync(file).size - 10 * 2048), /./],
    'was cut off': [() => truncateSync(file, 20 * 2048), /malformed/],
    'was cut off within a page': [() => truncateSync(file, 1000), /./],
    'is of another application': [
      () => withDatabase(file, (database) => database.exec('PRAGMA application_id = 7')),
      /another application/,
    ],
    'lacks an index': [
      () => withDatabase(file, (database) => database.exec('DROP INDEX imports_by_type')),
      /lacks CREATE INDEX imports_by_type/,
    ],
    'has a table of another shape': [
      () => withDatabase(file, (database) => database.exec('ALTER TABLE users ADD COLUMN name TEXT')),
      /lacks CREATE TABLE users/,
    ],
  };
  for (const [what, [damage, reason]] of Object.entries(damages)) {
    it(`keeps the file, says so and begins from nothing if ${what}`, async () => {
      damage();
      expect(await found()).to.deep.equal({ views: 0, position: undefined });
      const [aside] = names(/^views\.db\.damaged-[^-]+-[^-]+-[^-]+$/);
      expect(notices).to.have.length(1);
      expect(notices[0])
        .to.match(/^views\.db is damaged \(.+\): it is kept as /)
        .and.match(reason)
        .and.match(new RegExp(`${aside} and rebuilt from the log$`));
      expect(await found()).to.deep.equal({ views: 0, position: undefined });
      expect(notices).to.have.length(1);
    });
  }

  it('keeps only the newest damaged copy', async () => {
    writeFileSync(`${file}.damaged-2020-01-01T000000.000Z`, 'old');
    writeFileSync(`${file}.damaged-2020-01-01T000000.000Z-wal`, 'old');
    writeFileSync(file, 'damaged'.repeat(1000));
    await found();
    const copies = names(/damaged/);
    expect(copies).to.have.length(1);
    expect(statSync(join(directory.path, copies[0] as string)).size).to.equal(7000);
  });

  it('begins from nothing without a notice if the file is missing or empty', async () => {
    rmSync(file);
    expect(await found()).to.deep.equal({ views: 0, position: undefined });
    truncateSync(file);
    expect(await found()).to.deep.equal({ views: 0, position: undefined });
    expect(notices).to.deep.equal([]);
  });

  it('begins from nothing if the file is missing but not the files beside it', async () => {
    rmSync(file);
    writeFileSync(`${file}-wal`, 'left behind'.repeat(1000));
    writeFileSync(`${file}-shm`, 'left behind'.repeat(1000));
    expect(await found()).to.deep.equal({ views: 0, position: undefined });
    expect(notices).to.deep.equal([]);
  });

  it("does not change an operator's own tables", async () => {
    withDatabase(file, (database) => database.exec('CREATE TABLE notes (text); ANALYZE'));
    expect(await found()).to.deep.equal({ views: 300, position: 1n });
  });

  it('fails as unavailable if the file cannot be made', async () => {
    file = join(directory.path, 'views.db', 'below a file', 'views.db');
    const error = await rejectionOf(open());
    expect(error).to.be.instanceOf(ReadModelUnavailable).with.property('code', 'read_model_unavailable');
  });
});
