import type { DeliveryStore } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import type { Asked } from './start-other-process.ts';

/** Opens the store of deliveries in the file that it is given, and makes the calls that it is asked for. */

const store = await openEmbeddedDeliveryStore({ file: process.argv[2] as string });
process.on('message', async ({ call, args }: Asked) => {
  const make = store[call] as (...args: unknown[]) => Promise<unknown>;
  const answer = await make.apply(store, [...args]).catch((error) => ({ failure: error.code, message: error.message }));
  process.send?.({ answer });
});
process.on('disconnect', () => void store.close());
process.send?.({ answer: 'opened' });

export type Call = Exclude<keyof DeliveryStore, 'id'>;
