import { join } from 'node:path';
import { EmbeddedSealedStore } from '../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { describeSealedStore } from '../../contracts/sealed-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describeSealedStore('embedded store', async () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'sealed.db');
  const store = new EmbeddedSealedStore({ file });
  return {
    store,
    again: async () => new EmbeddedSealedStore({ file }),
    async cleanUp() {
      await store.close();
      directory.remove();
    },
  };
});
