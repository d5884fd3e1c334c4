import type { DeliveryStore } from '../../../../src/subscribers/webhooks/delivery-store.ts';
import { openEmbeddedDeliveryStore } from '../../../../src/subscribers/webhooks/embedded/embedded-delivery-store.ts';
import { answerCalls } from '../../../support/start-other-process.ts';

/** Opens the store of deliveries in the file that it is given, and makes the calls that it is asked for. */

answerCalls(await openEmbeddedDeliveryStore({ file: process.argv[2] as string }));

export type Call = Exclude<keyof DeliveryStore, 'id'>;
