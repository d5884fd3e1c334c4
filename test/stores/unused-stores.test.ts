import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { factsText } from '../../src/cli/health/health-text.ts';
import { installationFacts } from '../../src/service/installation-facts.ts';
import { readConfig } from '../../src/settings/config.ts';
import { unusedStores, unusedStoresText } from '../../src/stores/unused-stores.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';

const EVENTSTORE_URL = 'esdb://127.0.0.1:1?tls=false';
const MONGODB_URL = 'mongodb://127.0.0.1:1/imports';

describe('embedded stores that are not used', () => {
  let data: EmbeddedData;

  beforeEach(async () => {
    data = embeddedData();
    await data.append('import-1', newEvent(IMPORT_REQUESTED));
    writeFileSync(join(data.env.DATA_DIR as string, 'sealed.db'), '');
  });

  afterEach(() => data.remove());

  const unused = (env: object) => unusedStores(readConfig({ ...data.env, ...env }, false));

  it('are those that a server has in their place, with the log that they are of', async () => {
    const id = await data.with(async (log) => log.id);
    expect(unused({})).to.deep.equal([]);
    expect(unused({ EVENTSTORE_URL })).to.deep.equal([`events.db (of log ${id}; EVENTSTORE_URL is set)`]);
    expect(unused({ MONGODB_URL }).join()).to.match(
      /^(deliveries\.db, )?sealed\.db, views-\d+\.db \(MONGODB_URL is set\)$/,
    );
    expect(unused({ EVENTSTORE_URL, DATA_DIR: '/nowhere' })).to.deep.equal([]);
  });

  it('are named by status and check', async () => {
    const env = { ...data.env, EVENTSTORE_URL, BLOBS_URL: 'file:///tmp' };
    const facts = await installationFacts(readConfig(env, false), null, { list: async () => [] });
    expect(factsText(facts)).to.match(/^not used +events\.db \(of log /m);
    const checked = await imports(env, 'check', '--no-service', '-t', '1');
    expect(checked.stdout).to.contain(unusedStoresText(readConfig(env, false)) as string);
  });
});
