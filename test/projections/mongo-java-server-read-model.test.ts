import { randomUUID } from 'node:crypto';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../src/projections/mongodb/versions.ts';
import type { ViewShapes } from '../../src/projections/views/declare-view.ts';
import { describeAddedView } from '../contracts/read-model/added-view.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { describeVersions } from '../contracts/versions.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../support/mongo-java-server.ts';
import type { TestMongodb } from '../support/mongodb.ts';

describeWithMongoJavaServer('mongo-java-server', () => {
  let server: TestMongodb;

  before(async () => {
    server = await startMongoJavaServer();
  });

  after(() => server?.remove());

  const freshUrl = () => server.url(`views_${randomUUID().slice(0, 8)}`);
  const open = async (views?: ViewShapes) => {
    const readModel = await openMongoReadModel({ url: freshUrl(), views });
    return { readModel, cleanUp: () => readModel.close() };
  };

  describeReadModel('mongo-java-server', () => open(), 'UTF-16');
  describeAddedView('mongo-java-server', open);
  describeVersions('mongo-java-server', async () => {
    const url = freshUrl();
    const versions = await openMongoVersions({ url });
    return {
      versions,
      openVersion: (version, views) => openMongoReadModel({ url, version, views }),
      cleanUp: () => versions.close(),
    };
  });
});
