import { randomUUID } from 'node:crypto';
import { openMongoSealedStore } from '../../../src/importer/sealed/mongodb/mongo-sealed-store.ts';
import { describeSealedStore } from '../../contracts/sealed-store.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../support/mongodb.ts';

describeWithMongoJavaServer('mongo-java-server', () => {
  let server: TestMongodb;

  before(async () => {
    server = await startMongoJavaServer();
  });

  after(() => server?.remove());

  describeSealedStore('mongo-java-server', async () => {
    const url = server.url(`sealed_${randomUUID().slice(0, 8)}`);
    const store = await openMongoSealedStore({ url });
    return { store, again: () => openMongoSealedStore({ url }), cleanUp: () => store.close() };
  });
});
