import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';

describeWithMongodb('MongoDB', () => {
  describeReadModel('MongoDB', async () => {
    const database = await freshDatabase();
    const readModel = await openMongoReadModel({ url: database.url });
    return {
      readModel,
      async cleanUp() {
        await readModel.close();
        await database.drop();
      },
    };
  });
});
