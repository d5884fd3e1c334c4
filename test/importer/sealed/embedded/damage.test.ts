import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { EmbeddedSealedStore } from '../../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { SealedUnavailable } from '../../../../src/importer/sealed/sealed-store.ts';
import { overwrite } from '../../../projections/embedded/overwrite.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const HOUR_MS = 3_600_000;

describe('a sealed.db that is damaged', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: EmbeddedSealedStore;
  let notices: string[];

  const open = () => {
    store = new EmbeddedSealedStore({ file, onNotice: (notice) => notices.push(notice) });
  };
  const setAside = () => readdirSync(directory.path).filter((name) => name.includes('.damaged-'));

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'sealed.db');
    notices = [];
    open();
  });

  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  const fill = async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, number) => store.put(`import ${number}`, randomBytes(600), null)),
    );
  };
  const withDatabase = (work: (database: DatabaseSync) => void) => {
    const database = new DatabaseSync(file);
    work(database);
    database.close();
  };
  /** It goes on, and has said what that means. */
  const expectNewOne = async () => {
    expect(await store.get('import 1')).to.equal(null);
    await store.put('import 1', Buffer.of(1), null);
    expect(await store.get('import 1')).to.deep.equal(new Uint8Array([1]));
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(
      /^sealed\.db is damaged \(.+\): it is kept as sealed\.db\.damaged-\S+ and a new one is made\. Imports whose credentials were in it fail as credentials_gone/,
    );
    expect(setAside().filter((name) => name.endsWith('Z'))).to.have.length(1);
  };

  const OVERWRITTEN = () => overwrite(file, 1_024, statSync(file).size - 1_024);

  for (const [what, damage] of [
    ['is no database', () => writeFileSync(file, 'not a database, but long enough to be read as one'.repeat(100))],
    [
      'is of another application',
      () => withDatabase((database) => database.exec('CREATE TABLE theirs (a); PRAGMA application_id = 7')),
    ],
  ] as const) {
    it(`because it ${what}, is set aside when it is opened`, async () => {
      damage();
      await expectNewOne();
    });
  }

  it('because it was overwritten, is set aside when it is opened', async () => {
    await fill();
    await store.close();
    OVERWRITTEN();
    open();
    await expectNewOne();
  });

  it('because it was overwritten while it is open, is set aside by the call that meets it, and the next works', async () => {
    await fill();
    OVERWRITTEN();
    const work = async () => {
      // A page in the cache is still good.
      for (let number = 0; number < 200; number += 1) await store.put(`import ${number}`, randomBytes(50_000), null);
    };
    expect(await rejectionOf(work())).to.be.instanceOf(SealedUnavailable);
    await expectNewOne();
  });

  it('and was set aside is removed after 72 hours, since credentials are in it', async () => {
    writeFileSync(file, 'no database'.repeat(1_000));
    await expectNewOne();
    await store.removeExpired(new Date(Date.now() + 71 * HOUR_MS));
    expect(setAside()).to.have.length(1);
    await store.removeExpired(new Date(Date.now() + 73 * HOUR_MS));
    expect(setAside()).to.deep.equal([]);
    expect(await store.get('import 1')).to.deep.equal(new Uint8Array([1]));
  });

  it('cannot be made in a folder that is not there, and that ends in an error that names it', async () => {
    file = join(directory.path, 'nowhere', 'sealed.db');
    open();
    expect((await rejectionOf(store.put('import 1', Buffer.of(1), null))).message).to.include(file);
    expect(await rejectionOf(store.put('import 1', Buffer.of(1), null))).to.be.instanceOf(SealedUnavailable);
  });

  it('is not made by calls that find nothing in it', async () => {
    expect(await store.get('import 1')).to.equal(null);
    await store.remove('import 1');
    expect(await store.removeExpired(new Date())).to.equal(0);
    expect(await store.ids('', null, 1)).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal([]);
  });
});
