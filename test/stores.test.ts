import { expect } from 'chai';
import { readConfig } from '../src/config.ts';
import { type CallObserver, openStores, type Stores } from '../src/stores.ts';
import { newEvent, newStream } from './events/new-event.ts';
import { startEventStore } from './support/eventstore.ts';
import { describeWithMongodb, freshDatabase } from './support/mongodb.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

describe('the calls to the stores', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let calls: string[];
  const observer: CallObserver = {
    logCalled: (call) => calls.push(`log ${call}`),
    readModelCalled: (call) => calls.push(`read model ${call}`),
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
      return readModel.write({ writes: [{ kind: 'user', over: null, revision: 0, view }] });
    };
    return Promise.all(Array.from({ length: count }, (_, index) => write(`user ${index}`)));
  }

  beforeEach(() => {
    directory = temporaryDirectory();
    calls = [];
  });

  afterEach(() => directory.remove());

  it('are told as the transactions of the embedded ones, however much is in each', async () => {
    const stores = await open({});
    calls = [];
    await appendTogether(stores, 10);
    await writeTogether(stores, 10);
    await stores.readModel.get('user', 'user 1');
    await stores.close();
    // The first view is written at once, the others in one transaction after it.
    expect(calls).to.deep.equal(['log append', 'read model write', 'read model write']);
  });

  it('are told append by append on EventStoreDB', async () => {
    const { url, stop } = await startEventStore();
    const stores = await open({ EVENTSTORE_URL: url });
    calls = [];
    await appendTogether(stores, 3);
    await stores.close();
    await stop();
    expect(calls).to.deep.equal(['log append', 'log append', 'log append']);
  });

  describeWithMongodb('on MongoDB', () => {
    it('are told as the commands that are sent, however much is in each', async () => {
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
