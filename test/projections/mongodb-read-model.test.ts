import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../src/projections/mongodb/versions.ts';
import type { ViewShapes } from '../../src/projections/views/declare-view.ts';
import { describeAddedView } from '../contracts/read-model/added-view.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { describeVersions } from '../contracts/versions.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';

describeWithMongodb('MongoDB', () => {
  const open = async (views?: ViewShapes) => {
    const { url, drop } = await freshDatabase();
    const readModel = await openMongoReadModel({ url, views });
    return {
      readModel,
      async cleanUp() {
        await readModel.close();
        await drop();
      },
    };
  };

  describeReadModel('MongoDB', () => open());
  describeAddedView('MongoDB', open);
  describeVersions('MongoDB', async () => {
    const { url, drop } = await freshDatabase();
    const versions = await openMongoVersions({ url });
    return {
      versions,
      openVersion: (version, views) => openMongoReadModel({ url, version, views }),
      async cleanUp() {
        await versions.close();
        await drop();
      },
    };
  });
});
