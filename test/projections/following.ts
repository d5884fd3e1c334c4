import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

/** The id of an import. */
export const id = (number: number) => `3d172b54-f40f-4df9-9342-${String(number).padStart(12, '0')}`;
const silent = { info: () => {}, warn: () => {} };

/** Stores for each test, and followers on them, which are stopped after it. */
export function following() {
  let stores: TestStores;
  const running: Follower[] = [];

  beforeEach(async () => {
    stores = await openTestStores();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((follower) => follower.stop()));
    await stores.close();
  });

  return {
    get stores() {
      return stores;
    },
    start(
      readModel: ReadModel = stores.readModel,
      inline = new InlineProjector(readModel),
      logger: ConstructorParameters<typeof Follower>[3] = silent,
    ): Follower {
      const follower = new Follower(stores.log, readModel, inline, logger);
      running.push(follower);
      follower.start();
      return follower;
    },
    append: (number: number) => stores.log.append(`import-${id(number)}`, [newEvent(IMPORT_REQUESTED)], 'no_stream'),
    projected: (number: number) => () => stores.readModel.get('import', id(number)),
  };
}
