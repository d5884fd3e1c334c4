import type { Filter } from 'mongodb';
import type { Shaped } from '../../../mongodb/document.ts';
import { DUPLICATE_KEY, resultDespite } from '../../../mongodb/failures.ts';
import { insertNew, put } from '../../../mongodb/single-document.ts';
import type { Delivery, DeliveryStore, Lease, Progress } from '../delivery-store.ts';
import { NEWEST_FIRST } from './collections.ts';
import { MongoDeliveriesForReading } from './deliveries-for-reading.ts';
import { toDeliveryDocument, toProgressDocument } from './documents.ts';

/** So many are inserted or removed in one round trip. */
const AT_ONCE = 500;
/** FerretDB needs milliseconds to replace one. */
const REPLACED_AT_ONCE = 100;

const FINISHED = { status: { $ne: 'waiting' } } as const;
const OLDEST_FIRST = { created_at: 1, _id: 1 } as const;

/**
 * The store of deliveries in a MongoDB database that several nodes share. There is no transaction, so a lease is taken by one command that
 * compares and sets it.
 */
export class MongoDeliveryStore extends MongoDeliveriesForReading implements DeliveryStore {
  save(endpoint: string, deliveries: readonly Delivery[], progress: Progress | null): Promise<void> {
    return this.call(async () => {
      // One that was never tried is new, most probably. To insert is much quicker.
      const replaced = deliveries.filter(({ attempts }) => attempts.length > 0).map(toDeliveryDocument);
      const fresh = deliveries.filter(({ attempts }) => attempts.length === 0).map(toDeliveryDocument);
      for (const some of inParts(fresh, AT_ONCE)) replaced.push(...(await this.#insert(some)));
      for (const some of inParts(replaced, REPLACED_AT_ONCE)) await this.#replace(some);
      if (progress !== null) await put(this.collections.progress, toProgressDocument(endpoint, progress));
    });
  }

  end(endpoint: string): Promise<void> {
    return this.call(async () => {
      const ended = { $set: { status: 'ended', due_at: null } };
      await this.collections.deliveries.ask(
        (there) => there.updateMany({ endpoint, status: 'waiting' }, ended),
        'documents',
      );
    });
  }

  prune(before: string, mostOfOne: number): Promise<number> {
    return this.call(async () => {
      const { deliveries } = this.collections;
      let removed = 0;
      for (const endpoint of await deliveries.ask((there) => there.distinct('endpoint'), 'documents')) {
        const upTo = await this.#pruneBound(String(endpoint), before, mostOfOne);
        let some: number;
        do {
          some = await this.#removeOldest({ endpoint, ...upTo, ...FINISHED });
          removed += some;
        } while (some === AT_ONCE);
      }
      return removed;
    });
  }

  take(lease: Lease, seen: Lease | null): Promise<boolean> {
    return this.call(async () => {
      const { endpoint: _id, holder, beat } = lease;
      const { leases } = this.collections;
      if (seen === null) {
        if (await insertNew(leases, { _id, holder, beat })) return true;
      } else {
        const filter = { _id, holder: seen.holder, beat: seen.beat };
        const taken = await leases.ask((there) => there.updateOne(filter, { $set: { holder, beat } }));
        if (taken.matchedCount === 1) return true;
      }
      // If the answer to the first try was lost, the second finds what the first has made.
      const found = await leases.ask((there) => there.findOne({ _id, holder, beat }));
      return found !== null;
    });
  }

  release(endpoint: string, holder: string): Promise<void> {
    return this.call(async () => {
      await this.collections.leases.ask((there) => there.deleteOne({ _id: endpoint, holder }));
    });
  }

  /** Inserts documents of different ids. Gives those that are there already. */
  async #insert(documents: readonly Shaped[]): Promise<Shaped[]> {
    const { deliveries } = this.collections;
    return deliveries.ask(async (there) => {
      try {
        await there.insertMany(documents, { ordered: false });
        return [];
      } catch (error) {
        return duplicatesIn(error).map((index) => documents[index] as Shaped);
      }
    }, 'documents');
  }

  /** Makes or replaces documents of different ids. */
  async #replace(documents: readonly Shaped[]): Promise<void> {
    const operations = documents.map(({ _id, ...replacement }) => ({
      replaceOne: { filter: { _id }, replacement, upsert: true },
    }));
    await this.collections.deliveries.ask(async (there) => {
      const write = () => there.bulkWrite(operations, { ordered: false });
      // If another node makes one of them at the same moment, its insert fails, and the second try replaces it.
      await write().catch((error) => duplicatesIn(error) && write());
    }, 'documents');
  }

  /** What a finished delivery of the endpoint fulfils if it is to be removed: it is too old, or beyond the most of one. */
  async #pruneBound(endpoint: string, before: string, mostOfOne: number): Promise<Filter<Shaped>> {
    const options = { sort: NEWEST_FIRST, skip: mostOfOne, limit: 1, projection: { created_at: 1 } };
    const [first] = await this.collections.deliveries.ask(
      (there) => there.find({ endpoint, ...FINISHED }, options).toArray(),
      'documents',
    );
    if (first === undefined || first.created_at < before) return { created_at: { $lt: before } };
    const { created_at, _id } = first;
    return { $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lte: _id } }] };
  }

  /** Removes some of the oldest that fit, and gives how many. */
  async #removeOldest(filter: Filter<Shaped>): Promise<number> {
    const { deliveries } = this.collections;
    const options = { sort: OLDEST_FIRST, limit: AT_ONCE, projection: { _id: 1 }, batchSize: AT_ONCE + 1 };
    const found = await deliveries.ask((there) => there.find(filter, options).toArray(), 'documents');
    if (found.length === 0) return 0;
    // One that waits again since then stays.
    const those = { _id: { $in: found.map(({ _id }) => _id) }, ...FINISHED };
    await deliveries.ask((there) => there.deleteMany(those), 'documents');
    return found.length;
  }
}

/** Which operations of a bulk write failed because there is such a document. @throws the error if there was any other failure */
function duplicatesIn(error: unknown): number[] {
  const failures = resultDespite(error)?.getWriteErrors() ?? [];
  if (failures.length === 0 || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return failures.map(({ index }) => index);
}

function inParts<T>(all: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, part) => all.slice(part * most, (part + 1) * most));
}
