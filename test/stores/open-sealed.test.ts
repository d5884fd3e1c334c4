import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { isSealedStoreShared, openSealedStore } from '../../src/stores/open-sealed.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const OWN = refusing('deliveries', { id: 'this log' });

describe('the sealed credentials of a configuration', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  it('are in sealed.db in the data directory, which only its owner may use, and which is made by the first of them', async () => {
    const store = await openSealedStore(readConfig({ DATA_DIR: directory.path }), OWN, () => {});
    expect(await store.ids('', null, 10)).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal([]);
    await store.put('import 1', Buffer.of(1), null);
    for (const name of readdirSync(directory.path)) {
      expect(name).to.match(/^sealed\.db/);
      expect(statSync(join(directory.path, name)).mode & 0o777).to.equal(0o600);
    }
    await store.close();
  });

  it('are those of all processes, but if the log is shared and they are not', () => {
    const [eventStore, mongodb] = [{ EVENTSTORE_URL: 'esdb://h:2113' }, { MONGODB_URL: 'mongodb://h/db' }];
    const isShared = (env: NodeJS.ProcessEnv) => isSealedStoreShared(readConfig({ DATA_DIR: directory.path, ...env }));
    expect([{}, mongodb, { ...eventStore, ...mongodb }, eventStore].map(isShared)).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
  });

  describeWithMongodb('with MongoDB', () => {
    it('are in the database of the views', async () => {
      const { url, drop } = await freshDatabase();
      const config = readConfig({ DATA_DIR: directory.path, MONGODB_URL: url });
      const [store, again] = [
        await openSealedStore(config, OWN, () => {}),
        await openSealedStore(config, OWN, () => {}),
      ];
      await store.put('import 1', Buffer.of(1), null);
      expect(await again.ids('', null, 10)).to.deep.equal(['import 1']);
      expect(readdirSync(directory.path)).to.deep.equal([]);
      await again.close();
      await store.close();
      await drop();
    });
  });
});
