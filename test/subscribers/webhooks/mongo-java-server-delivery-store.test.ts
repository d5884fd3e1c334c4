import { randomUUID } from 'node:crypto';
import { openMongoDeliveryStore } from '../../../src/subscribers/webhooks/mongodb/open.ts';
import { describeDeliveryStore } from '../../contracts/delivery-store.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../support/mongodb.ts';

describeWithMongoJavaServer('mongo-java-server', () => {
  let server: TestMongodb;

  before(async () => {
    server = await startMongoJavaServer();
  });

  after(() => server?.remove());

  describeDeliveryStore('mongo-java-server', async () => {
    const url = server.url(`deliveries_${randomUUID().slice(0, 8)}`);
    const store = await openMongoDeliveryStore({ url });
    return { store, again: () => openMongoDeliveryStore({ url }), cleanUp: () => store.close() };
  });
});
