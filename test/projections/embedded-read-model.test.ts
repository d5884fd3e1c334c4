import { join } from 'node:path';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import type { ViewDeclarations } from '../../src/projections/views/declare-view.ts';
import { describeAddedView } from '../contracts/read-model/added-view.ts';
import { describeReadModel } from '../contracts/read-model.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const open = async (views?: ViewDeclarations) => {
  const directory = temporaryDirectory();
  const readModel = await openEmbeddedReadModel({ file: join(directory.path, 'views.db'), views });
  return {
    readModel,
    async cleanUp() {
      await readModel.close();
      directory.remove();
    },
  };
};

describeReadModel('embedded read model', () => open());
describeAddedView('embedded read model', open);
