import { join } from 'node:path';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describeReadModel('embedded read model', async () => {
  const directory = temporaryDirectory();
  const readModel = await openEmbeddedReadModel({ file: join(directory.path, 'views.db') });
  return {
    readModel,
    async cleanUp() {
      await readModel.close();
      directory.remove();
    },
  };
});
