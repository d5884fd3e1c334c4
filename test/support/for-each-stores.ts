import { startStandIn } from './eventstore/stand-in.ts';
import { describeWithMongodb, freshDatabase } from './mongodb.ts';

/** What a suite that is run on each kind of stores gets of them. */
export interface StoresUnderTest {
  /** The settings that choose them; empty ones, made for the suite. Asked for in a hook of it or in a test. */
  env(): NodeJS.ProcessEnv;
}

/** Describes the same on the embedded stores, and on EventStoreDB and MongoDB. */
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
