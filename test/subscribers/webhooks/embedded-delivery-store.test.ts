import { join } from 'node:path';
import { expect } from 'chai';
import { DeliveriesUnavailable } from '../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { describeDeliveryStore } from '../../contracts/delivery-store.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { someDelivery } from './some-deliveries.ts';

describeDeliveryStore('embedded store', async () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'deliveries.db');
  const store = await openEmbeddedDeliveryStore({ file });
  return {
    store,
    again: () => openEmbeddedDeliveryStore({ file }),
    async cleanUp() {
      await store.close();
      directory.remove();
    },
  };
});

describe('calls of the embedded store of deliveries that share a transaction', () => {
  it('do not fail with one of them', async () => {
    const directory = temporaryDirectory();
    const store = await openEmbeddedDeliveryStore({ file: join(directory.path, 'deliveries.db') });
    try {
      const event = { id: 'event', stream: 'import-1', revision: 0, position: 2n ** 64n };
      const [sound, impossible] = [someDelivery('one', 1), someDelivery('one', 2, { event })];
      const saving = store.save('one', [sound], null);
      expect(await rejectionOf(store.save('one', [impossible], null))).to.be.instanceOf(DeliveriesUnavailable);
      await saving;
      expect(await store.waiting('one')).to.deep.equal([sound]);
    } finally {
      await store.close();
      directory.remove();
    }
  });
});
