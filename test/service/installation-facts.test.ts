import { expect } from 'chai';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { installationFacts } from '../../src/service/installation-facts.ts';
import { readConfig } from '../../src/settings/config.ts';

describe('the facts of an installation', () => {
  const none = { list: async () => [] };

  it('name the stores without their credentials', async () => {
    const config = readConfig(
      {
        EVENTSTORE_URL: 'esdb+discover://name:secret@one:2113,two:2113?tls=true&userKeyFile=/k',
        MONGODB_URL: 'mongodb://name:secret@host/imports?tlsCertificateKeyFilePassword=secret',
        DATA_DIR: '/data',
      },
      false,
    );
    const facts = await installationFacts(config, 'log', none);
    expect(facts).to.include({
      log_store: 'esdb+discover://one:2113,two:2113',
      views_store: 'mongodb://host/imports',
      data_dir: '/data',
      unfinished_replay: null,
    });
    expect(JSON.stringify(facts)).to.not.match(/secret/);
  });

  it('have the versions of the views and the replay that is unfinished, or say that they are not known', async () => {
    const config = readConfig({ DATA_DIR: '/data' }, false);
    const checkpoint = { log: 'log', position: 7n, event: 'event', generation: 'replay', isFilled: false };
    const versions = { list: async () => [{ name: '11', bytes: null, checkpoint, usedAt: null }] };
    expect(await installationFacts(config, 'log', versions)).to.deep.include({
      views_versions: ['11'],
      log_store: '/data/events.db',
      unfinished_replay: { id: 'replay', position: '7' },
    });
    const away = { list: () => Promise.reject(new Error('away')) };
    expect(await installationFacts(config, null, away)).to.include({ views_versions: null, log_id: null });
  });

  it('name no replay if views are those that a service has just begun, or that a node fills', async () => {
    const config = readConfig({ DATA_DIR: '/data' }, false);
    const checkpoint = { log: 'log', position: 1n, event: 'event', generation: 'first', isFilled: false };
    const version = { name: String(VIEWS_VERSION), bytes: null, checkpoint, usedAt: null };
    const has = (usedAt: string | null) => ({ list: async () => [{ ...version, usedAt }] });
    expect(await installationFacts(config, 'log', has(null), true)).to.include({ unfinished_replay: null });
    expect(await installationFacts(config, 'log', has('2026-11-27T00:00:00.000Z'))).to.include({
      unfinished_replay: null,
    });
    expect((await installationFacts(config, 'log', has(null))).unfinished_replay).to.deep.equal({
      id: 'first',
      position: '1',
    });
  });
});
