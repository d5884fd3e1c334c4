import { openMongoSealedStore } from '../../../src/importer/sealed/mongodb/mongo-sealed-store.ts';
import { describeSealedStore } from '../../contracts/sealed-store.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';

describeWithMongodb('MongoDB', () => {
  describeSealedStore('MongoDB', async () => {
    const { url, drop } = await freshDatabase();
    const store = await openMongoSealedStore({ url });
    return {
      store,
      again: () => openMongoSealedStore({ url }),
      async cleanUp() {
        await store.close();
        await drop();
      },
    };
  });
});
