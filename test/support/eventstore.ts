import { startStandIn } from './eventstore/stand-in.ts';

/** An EventStoreDB for tests that need nothing but its protocol. */
export interface TestEventStore {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of `EVENTSTORE_URL` where that is set, which may hold other events; else a stand-in, empty. */
export async function startEventStore(): Promise<TestEventStore> {
  const url = process.env.EVENTSTORE_URL;
  return url === undefined ? startStandIn() : { url, stop: async () => {} };
}
