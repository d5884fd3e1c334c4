import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { openDeliveryStore, openDeliveryStoreForReading } from '../../src/stores/open-deliveries.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const OWN = refusing('deliveries', { id: 'this log' });

describe('the store of deliveries of a configuration', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  it('is deliveries.db in the data directory, which only its owner may use, and which a reader does not make', async () => {
    const config = readConfig({ DATA_DIR: directory.path });
    const reading = await openDeliveryStoreForReading(config, OWN, () => {});
    expect(await reading.leases()).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal([]);
    const store = await openDeliveryStore(config, OWN, () => {});
    const lease = { endpoint: 'one', holder: 'this node', beat: 1 };
    await store.take(lease, null);
    expect(await reading.leases()).to.deep.equal([lease]);
    for (const name of readdirSync(directory.path)) {
      expect(name).to.match(/^deliveries\.db/);
      expect(statSync(join(directory.path, name)).mode & 0o777).to.equal(0o600);
    }
    await reading.close();
    await store.close();
  });

  describeWithMongodb('with MongoDB', () => {
    it('is in the database of the views', async () => {
      const { url, drop } = await freshDatabase();
      const config = readConfig({ DATA_DIR: directory.path, MONGODB_URL: url });
      const store = await openDeliveryStore(config, OWN, () => {});
      const lease = { endpoint: 'one', holder: 'this node', beat: 1 };
      await store.take(lease, null);
      const reading = await openDeliveryStoreForReading(config, OWN, () => {});
      expect(await reading.leases()).to.deep.equal([lease]);
      expect(readdirSync(directory.path)).to.deep.equal([]);
      await reading.close();
      await store.close();
      await drop();
    });
  });
});
