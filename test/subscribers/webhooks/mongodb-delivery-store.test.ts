import { openMongoDeliveryStore } from '../../../src/subscribers/webhooks/mongodb/open.ts';
import { describeDeliveryStore } from '../../contracts/delivery-store.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';

describeWithMongodb('MongoDB', () => {
  describeDeliveryStore('MongoDB', async () => {
    const { url, drop } = await freshDatabase();
    const store = await openMongoDeliveryStore({ url });
    return {
      store,
      again: () => openMongoDeliveryStore({ url }),
      async cleanUp() {
        await store.close();
        await drop();
      },
    };
  });
});
