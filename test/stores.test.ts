import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { refusing } from '../src/adoption.ts';
import { readConfig } from '../src/config.ts';
import { OtherBlobs, StorageUnavailable } from '../src/importer/blobs/blob-store.ts';
import {
  type CallObserver,
  isSealedStoreShared,
  openBlobStore,
  openBlobStoreForReading,
  openDeliveryStore,
  openDeliveryStoreForReading,
  openSealedStore,
  openStores,
  type Stores,
} from '../src/stores.ts';
import { newEvent, newStream } from './events/new-event.ts';
import { drafted } from './importer/blobs/drafted.ts';
import { startEventStore } from './support/eventstore.ts';
import { describeWithMongodb, freshDatabase } from './support/mongodb.ts';
import { rejectionOf } from './support/rejection-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const OWN = refusing('deliveries', { id: 'this log' });

describe('the calls to the stores', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let calls: string[];
  const observer: CallObserver = {
    logCalled: (call) => calls.push(`log ${call}`),
    readModelCalled: (call) => calls.push(`read model ${call}`),
    foreignEventPassed: () => calls.push('foreign event'),
  };

  function open(env: NodeJS.ProcessEnv): Promise<Stores> {
    return openStores(readConfig({ DATA_DIR: directory.path, ...env }), () => {}, { observer });
  }

  function appendTogether({ log }: Stores, count: number): Promise<unknown> {
    return Promise.all(Array.from({ length: count }, () => log.append(newStream(), [newEvent()], 'no_stream')));
  }

  function writeTogether({ readModel }: Stores, count: number): Promise<unknown> {
    const write = (id: string) => {
      const times = { registered_at: '2026-01-01T00:00:00.000Z', removed_at: null };
      const view = { id, organization_id: 'an organization', role: 'member', ...times } as const;
      return readModel.write({ writes: [{ kind: 'user', expectedRevision: null, revision: 0, view }] });
    };
    return Promise.all(Array.from({ length: count }, (_, index) => write(`user ${index}`)));
  }

  beforeEach(() => {
    directory = temporaryDirectory();
    calls = [];
  });

  afterEach(() => directory.remove());

  it('are observed as transactions of the embedded stores, however much is in each', async () => {
    const stores = await open({});
    calls = [];
    await appendTogether(stores, 10);
    await writeTogether(stores, 10);
    await stores.readModel.get('user', 'user 1');
    await stores.close();
    // The first view is written at once, the others in one transaction after it.
    expect(calls).to.deep.equal(['log append', 'read model write', 'read model write']);
  });

  it('are observed append by append on EventStoreDB', async () => {
    const { url, stop } = await startEventStore();
    const stores = await open({ EVENTSTORE_URL: url });
    calls = [];
    await appendTogether(stores, 3);
    await stores.close();
    await stop();
    expect(calls).to.deep.equal(['log append', 'log append', 'log append']);
  });

  describeWithMongodb('on MongoDB', () => {
    it('are observed as the commands that are sent, however much is in each', async () => {
      const { url, drop } = await freshDatabase();
      const stores = await open({ MONGODB_URL: url });
      calls = [];
      await writeTogether(stores, 10);
      await stores.readModel.get('user', 'user 1');
      const told = [...calls];
      await stores.close();
      await drop();
      expect(told.filter((call) => call === 'read model insert')).to.have.length(1);
      // Which version is live is looked up now and then, too.
      expect(new Set(told)).to.deep.equal(new Set(['read model insert', 'read model find']));
    });
  });
});

describe('views that are ahead of their log', () => {
  /** A start once views of the log's position 5 have been written, and the log has but one event. */
  async function expectRefused(settings: NodeJS.ProcessEnv, advice: RegExp): Promise<void> {
    const directory = temporaryDirectory();
    const config = readConfig({ DATA_DIR: directory.path, ...settings });
    const { log, readModel, close } = await openStores(config, () => {});
    await log.append(newStream(), [newEvent()], 'no_stream');
    const to = { log: log.id, position: 5n };
    await readModel.write({ writes: [], checkpoint: { from: await readModel.checkpoint(), to } });
    await close();
    const error = await rejectionOf(openStores(config, () => {}));
    directory.remove();
    expect(error).to.include({ code: 'log_damaged' });
    expect(error.message)
      .to.match(/position 1, .* position 5\./)
      .and.match(advice);
  }

  it('are refused; the error says what to restore and what a copy needs', () =>
    expectRefused({}, /restore events\.db from a backup.*its own data directory/));

  describeWithMongodb('on MongoDB', () => {
    it('are refused; the error says what a copy needs', async () => {
      const { url, drop } = await freshDatabase();
      await expectRefused({ MONGODB_URL: url }, /another database in MONGODB_URL/);
      await drop();
    });
  });
});

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

describe('the store of blobs of a configuration, in a bucket', () => {
  const AWAY = {
    ...{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_MAX_ATTEMPTS: '1' },
  };
  const directory = temporaryDirectory();
  const before = { ...process.env };

  after(() => {
    process.env = before;
    directory.remove();
  });

  it('has a data directory for the files of imports under way, though no store is in it', async () => {
    Object.assign(process.env, AWAY);
    const dataDir = join(directory.path, 'data');
    const config = readConfig({ EVENTSTORE_URL: 'esdb://127.0.0.1:1', DATA_DIR: dataDir, BLOBS_URL: 's3://a-bucket' });
    await rejectionOf(openBlobStore(config, { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' }, () => {}));
    expect(statSync(dataDir).isDirectory()).to.equal(true);
  });
});

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

describe('the store of blobs of a configuration', () => {
  const log = { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' };
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'events.db'), '');
  });

  afterEach(() => directory.remove());

  it('is the folder blobs in the data directory, which only its owner may use, and which a reader does not make', async () => {
    const config = readConfig({ DATA_DIR: directory.path });
    const reading = await openBlobStoreForReading(config, log);
    expect(await Array.fromAsync(reading.list())).to.deep.equal([]);
    expect(readdirSync(directory.path)).to.deep.equal(['events.db']);
    const store = await openBlobStore(config, log, () => {});
    const draft = drafted(directory.path, 'some bytes');
    await store.keep(draft);
    expect(await reading.stat(draft.sha256)).to.include({ bytes: 10 });
    expect(store.address).to.equal(join(directory.path, 'blobs'));
    expect(statSync(store.address).mode & 0o777).to.equal(0o700);
    expect(store.maySweep).to.equal(true);
  });

  it('is the folder of BLOBS_URL, which is not made: it may be one that is not mounted', async () => {
    const folder = join(directory.path, 'shared');
    const config = readConfig({ DATA_DIR: directory.path, BLOBS_URL: pathToFileURL(folder).href });
    const refusal = await rejectionOf(openBlobStore(config, log, () => {}));
    expect(refusal).to.be.instanceOf(StorageUnavailable);
    expect(refusal.message).to.include(`${folder} cannot be opened: it is missing: make it, or mount it`);
    mkdirSync(folder);
    const store = await openBlobStore(config, log, () => {});
    expect(store.address).to.equal(folder);
    const other = { id: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e91' };
    expect(await rejectionOf(openBlobStore(config, other, () => {}))).to.be.instanceOf(OtherBlobs);
  });
});

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
