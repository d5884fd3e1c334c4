import { startStandIn } from './eventstore/stand-in.ts';

/** An EventStoreDB for tests that need nothing but its protocol. */
interface TestEventStore {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of `EVENTSTORE_URL`, which may hold other events, if that is set; else an empty stand-in. */
export async function startEventStore(): Promise<TestEventStore> {
  const url = process.env.EVENTSTORE_URL;
  return url === undefined ? startStandIn() : { url, stop: async () => {} };
}
