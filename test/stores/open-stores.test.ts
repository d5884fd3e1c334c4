import { expect } from 'chai';
import type { Stores } from '../../src/projections/stores.ts';
import { readConfig } from '../../src/settings/config.ts';
import { openStores } from '../../src/stores/open-stores.ts';
import type { CallObserver } from '../../src/stores/options.ts';
import type { Opened } from '../../src/stores/with-read-model.ts';
import { newEvent, newStream } from '../events/new-event.ts';
import { startEventStore } from '../support/eventstore.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the calls to the stores', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let calls: string[];
  const observer: CallObserver = {
    logCalled: (call) => calls.push(`log ${call}`),
    readModelCalled: (call) => calls.push(`read model ${call}`),
    foreignEventPassed: () => calls.push('foreign event'),
  };

  function open(env: NodeJS.ProcessEnv): Promise<Opened<Stores>> {
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
