import type { Filter } from 'mongodb';
import { Closable } from '../../../mongodb/closable.ts';
import type { Found, Shaped } from '../../../mongodb/document.ts';
import {
  type DeliveriesQuery,
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryReader,
  type Lease,
  type Progress,
} from '../delivery-store.ts';
import { type Collections, NEWEST_FIRST } from './collections.ts';
import { toDelivery, toLease, toProgress } from './documents.ts';

/** So many documents are read in one round trip. */
const AT_ONCE = 1_000;

/** Reads the deliveries in a MongoDB database, from the primary. */
export class MongoDeliveriesForReading extends Closable implements DeliveryReader {
  protected readonly collections: Collections;

  /** @param onClose is called once, when the last call has ended */
  constructor(collections: Collections, onClose: () => Promise<void>) {
    super(() => new DeliveriesUnavailable('it is closed'), onClose);
    this.collections = collections;
  }

  progress(endpoint: string): Promise<Progress | null> {
    return this.call(async () => {
      const found = await this.collections.progress.ask((there) => there.findOne({ _id: endpoint }));
      return found === null ? null : toProgress(found);
    });
  }

  waiting(endpoint: string): Promise<Delivery[]> {
    return this.call(async () => {
      // Sorted here, because the index has another order, and a server sorts in little memory.
      const found = await this.#find({ endpoint, status: 'waiting' });
      return found.map(toDelivery).toSorted(byEvent);
    });
  }

  withIds(endpoint: string, ids: readonly string[]): Promise<Delivery[]> {
    return this.call(async () => {
      const found: Found[] = [];
      for (let start = 0; start < ids.length; start += AT_ONCE) {
        const some = ids.slice(start, start + AT_ONCE);
        // FerretDB uses its index for a single id only.
        found.push(...(await this.#find({ _id: some.length === 1 ? some[0] : { $in: some } })));
      }
      const deliveries = found.filter((document) => document.endpoint === endpoint).map(toDelivery);
      return [...new Map(deliveries.map((delivery) => [delivery.id, delivery])).values()];
    });
  }

  list({ endpoint, status, since, before, limit }: DeliveriesQuery): Promise<Delivery[]> {
    return this.call(async () => {
      const filter: Filter<Shaped> = {
        endpoint,
        ...(status !== undefined && { status }),
        ...(since !== undefined && { created_at: { $gte: since } }),
        ...(before !== undefined && {
          $or: [{ created_at: { $lt: before.createdAt } }, { created_at: before.createdAt, _id: { $lt: before.id } }],
        }),
      };
      return (await this.#find(filter, limit)).map(toDelivery);
    });
  }

  leases(): Promise<Lease[]> {
    return this.call(async () => {
      const found = await this.collections.leases.ask((there) => there.find().toArray(), 'documents');
      return found.map(toLease);
    });
  }

  /** Those that fit; with a limit, the newest, newest first. */
  #find(filter: Filter<Shaped>, limit?: number): Promise<Found[]> {
    const options = limit === undefined ? { batchSize: AT_ONCE } : { sort: NEWEST_FIRST, limit, batchSize: limit + 1 };
    return this.collections.deliveries.ask((there) => there.find(filter, options).toArray(), 'documents');
  }
}

function byEvent(one: Delivery, other: Delivery): number {
  const [position, others] = [one.event?.position ?? -1n, other.event?.position ?? -1n];
  if (position !== others) return position < others ? -1 : 1;
  return one.createdAt === other.createdAt ? order(one.id, other.id) : order(one.createdAt, other.createdAt);
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
