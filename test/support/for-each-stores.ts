import { startStandIn } from './eventstore/stand-in.ts';
import { describeWithMongodb, freshDatabase } from './mongodb.ts';

/** The stores for a suite that runs on each kind of stores. */
interface StoresUnderTest {
  /** The settings of new, empty stores. To be called in a hook of the suite or in a test. */
  env(): NodeJS.ProcessEnv;
}

/** Describes the same suite on the embedded stores, and on EventStoreDB and MongoDB. */
export function describeOnEachStores(title: string, body: (stores: StoresUnderTest) => void): void {
  describe(`${title} (embedded stores)`, () => body({ env: () => ({}) }));

  describeWithMongodb(`${title} (EventStoreDB and MongoDB)`, () => {
    let env: NodeJS.ProcessEnv = {};
    let cleanUp = async () => {};

    before(async () => {
      const eventStore = await startStandIn();
      const mongodb = await freshDatabase();
      env = { EVENTSTORE_URL: eventStore.url, MONGODB_URL: mongodb.url };
      cleanUp = async () => {
        await eventStore.stop();
        await mongodb.drop();
      };
    });

    body({ env: () => env });

    after(() => cleanUp());
  });
}
