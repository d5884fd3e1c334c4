import { expect } from 'chai';
import { openCredentials } from '../../src/service/sealed-credentials.ts';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { openSealedStore } from '../../src/stores/open-sealed.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const OWN = refusing('sealed', { id: 'this log' });

describe('sealed credentials that are opened', () => {
  it('lose those that have expired by themselves', async () => {
    const directory = temporaryDirectory();
    const config = readConfig({ DATA_DIR: directory.path });
    const store = await openSealedStore(config, OWN, () => {});
    await store.put('import 1', Buffer.of(1), new Date(Date.now() - 1));
    await store.put('import 2', Buffer.of(1), new Date(Date.now() + 60_000));
    const { close } = await openCredentials(config, new Keys(JWT_SECRET), OWN, { warn: () => {} });
    await until('it is removed', async () => (await store.ids('', null, 10)).length === 1);
    expect(await store.ids('', null, 10)).to.deep.equal(['import 2']);
    await close();
    await store.close();
    directory.remove();
  });
});
