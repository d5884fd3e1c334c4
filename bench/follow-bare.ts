import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { STREAM_CATEGORIES } from '../src/events/streams.ts';
import type { Pass } from './follow-once.ts';

/** Follows the log in EventStoreDB by its client alone, and ignores the events. It prints a `Pass` as JSON. */

const client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL ?? '');
const filter = streamNameFilter({ prefixes: STREAM_CATEGORIES.map((category) => `${category}-`) });
const began = performance.now();
const subscription = client.subscribeToAll({ filter });
let events = 0;
let isLevel = false;
subscription.on('caughtUp', () => {
  isLevel = true;
  if (subscription.readableLength === 0) end();
});
subscription.on('error', (error) => {
  throw error;
});
for await (const _ of subscription) {
  events += 1;
  if (isLevel && subscription.readableLength === 0) end();
}

function end(): void {
  const pass: Pass = { events, seconds: (performance.now() - began) / 1000 };
  process.stdout.write(JSON.stringify(pass), () => process.exit());
}
