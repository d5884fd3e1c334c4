import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { DeliveriesUnavailable, type DeliveryStore } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { overwrite } from '../../../projections/embedded/overwrite.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { someDelivery, someProgress } from '../some-deliveries.ts';

describe('a deliveries.db that is damaged', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let store: DeliveryStore | null;
  let notices: string[];
  const many = Array.from({ length: 400 }, (_, place) => someDelivery('one', place));

  const open = async () => {
    store = await openEmbeddedDeliveryStore({ file, onNotice: (notice) => notices.push(notice) });
    return store;
  };
  const close = async () => {
    await store?.close();
    store = null;
  };
  const withDatabase = (work: (database: DatabaseSync) => void) => {
    const database = new DatabaseSync(file);
    work(database);
    database.close();
  };

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'deliveries.db');
    notices = [];
    store = null;
  });

  afterEach(async () => {
    await close();
    directory.remove();
  });

  const expectNewOne = async () => {
    const reopened = store ?? (await open());
    expect(await reopened.progress('one')).to.equal(null);
    await reopened.save('one', [someDelivery('one', 1)], null);
    expect(await reopened.waiting('one')).to.have.length(1);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.match(
      /^deliveries\.db is damaged \(.+\): it is kept as deliveries\.db\.damaged-\S+ and a new one is made: each webhook goes on from its watermark/,
    );
    expect(readdirSync(directory.path).filter((name) => /damaged-[^-]+-[^-]+-[^-]+$/.test(name))).to.have.length(1);
  };

  const fill = async () => {
    await (await open()).save('one', many, someProgress(400n));
    withDatabase((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  };

  for (const [what, damage] of [
    ['is no database', () => writeFileSync(file, 'not a database, but long enough to be read as one'.repeat(100))],
    [
      'is of another application',
      () => withDatabase((database) => database.exec('CREATE TABLE theirs (a); PRAGMA application_id = 7')),
    ],
  ] as const) {
    it(`because it ${what}, is set aside at the start`, async () => {
      damage();
      await expectNewOne();
    });
  }

  for (const [what, damage] of [
    ['lacks a table', () => withDatabase((database) => database.exec('DROP TABLE progress'))],
    ['was overwritten', () => overwrite(file, 4096, statSync(file).size - 4096)],
    [
      'was overwritten where nothing looks when it is opened',
      () => overwrite(file, 65_536, statSync(file).size - 65_536),
    ],
  ] as const) {
    it(`because it ${what}, is set aside at the start`, async () => {
      await fill();
      await close();
      damage();
      await expectNewOne();
    });

    it(`because it ${what} while the service runs, is set aside by the call that meets it, and the next works`, async () => {
      await fill();
      damage();
      // A page in the cache is still good; many of them are not.
      const work = async () => {
        await store?.progress('one');
        await store?.waiting('one');
      };
      expect(await rejectionOf(work())).to.be.instanceOf(DeliveriesUnavailable);
      await expectNewOne();
    });
  }

  it('is not what a sound one is taken for: it keeps what it has', async () => {
    await fill();
    await close();
    const again = await open();
    expect(await again.waiting('one')).to.deep.equal(many);
    expect(notices).to.deep.equal([]);
  });

  it('cannot be opened in a folder that is not there, and that ends in an error that names it', async () => {
    file = join(directory.path, 'nowhere', 'deliveries.db');
    const error = await rejectionOf(open());
    expect(error).to.be.instanceOf(DeliveriesUnavailable);
    expect(error.message).to.include(file);
  });
});
