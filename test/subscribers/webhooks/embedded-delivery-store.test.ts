import { join } from 'node:path';
import { openEmbeddedDeliveryStore } from '../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { describeDeliveryStore } from '../../contracts/delivery-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

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
