import { randomUUID } from 'node:crypto';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../support/mongo-java-server.ts';
import type { TestMongodb } from '../support/mongodb.ts';

describeWithMongoJavaServer('mongo-java-server', () => {
  let server: TestMongodb;

  before(async () => {
    server = await startMongoJavaServer();
  });

  after(() => server?.remove());

  const open = async () => {
    const readModel = await openMongoReadModel({ url: server.url(`views_${randomUUID().slice(0, 8)}`) });
    return { readModel, cleanUp: () => readModel.close() };
  };

  describeReadModel('mongo-java-server', open, 'UTF-16');
});
