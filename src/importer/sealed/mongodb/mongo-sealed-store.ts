import type { Binary } from 'mongodb';
import type { Ownership } from '../../../errors/other-store.ts';
import { Closable } from '../../../mongodb/closable.ts';
import { type ConnectOptions, connected } from '../../../mongodb/connected.ts';
import { Gate, type Passage } from '../../../mongodb/gate.ts';
import { GatedCollection } from '../../../mongodb/gated-collection.ts';
import { assertOwned, takeCollection } from '../../../mongodb/owner.ts';
import { put } from '../../../mongodb/single-document.ts';
import { type SealedStore, SealedUnavailable } from '../sealed-store.ts';

/** So many are removed in one round trip. */
const REMOVED_AT_ONCE = 500;

/** No id goes on with this character. */
const AFTER_ALL = '\uFFFF';

export interface MongoSealedOptions extends ConnectOptions {
  /** Whose they are; unless set, they need not say. */
  readonly own?: Ownership;
}

/**
 * Opens the sealed credentials in the MongoDB database in `url`, which all nodes share, and makes their collection if there is none.
 * @throws {OtherStore} they are another log's
 * @throws {SealedUnavailable} in one sentence, without user or password: what is wrong, and what to do about it
 */
export function openMongoSealedStore({ own, ...options }: MongoSealedOptions): Promise<SealedStore> {
  const index = { name: 'by_expiry', key: { expires_at: 1 } } as const;
  const prepare = async (way: Passage) => {
    await collectionOf(way).ask((there) => there.createIndexes([index]), 'collection');
  };
  // Those of another log are kept if that is meant: who moves a log to another place moves its sealed credentials with it.
  return open(options, prepare, (owner) => (own === undefined ? null : takeCollection(owner, own, async () => {})));
}

/** The same for commands that only read: nothing is made. @throws {OtherStore | SealedUnavailable} */
export function openMongoSealedStoreForReading({ own, ...options }: MongoSealedOptions): Promise<SealedStore> {
  const prepare = async (way: Passage) => {
    await collectionOf(way).ask((there) => there.findOne({ _id: '' }));
  };
  return open(options, prepare, (owner) => (own === undefined ? null : assertOwned(owner, own)));
}

async function open(
  options: ConnectOptions,
  prepare: (way: Passage) => Promise<void>,
  check: (owner: GatedCollection) => Promise<void> | null,
): Promise<SealedStore> {
  const clients = await connected(options, SealedUnavailable, prepare);
  const gate = new Gate(clients, SealedUnavailable);
  try {
    await check(new GatedCollection(gate, 'sealed_store'));
    return new MongoSealedStore(collectionOf(gate), () => clients.close());
  } catch (error) {
    await clients.close();
    throw error;
  }
}

/** Its name ends in no number, so that it is taken for none of a version of the views. */
function collectionOf(gate: Passage): GatedCollection {
  return new GatedCollection(gate, 'sealed_credentials');
}

class MongoSealedStore extends Closable implements SealedStore {
  readonly #collection: GatedCollection;

  constructor(collection: GatedCollection, onClose: () => Promise<void>) {
    super(() => new SealedUnavailable('it is closed'), onClose);
    this.#collection = collection;
  }

  put(id: string, sealed: Uint8Array, expiresAt: Date | null): Promise<void> {
    const document = { _id: id, sealed: Buffer.from(sealed), expires_at: expiresAt?.toISOString() ?? null };
    return this.call(() => put(this.#collection, document));
  }

  get(id: string): Promise<Uint8Array | null> {
    return this.call(async () => {
      const found = await this.#collection.ask((there) => there.findOne({ _id: id }));
      return found === null ? null : (found.sealed as Binary).value();
    });
  }

  replace(id: string, before: Uint8Array, sealed: Uint8Array): Promise<boolean> {
    return this.call(async () => {
      const those = { _id: id, sealed: Buffer.from(before) };
      const set = { $set: { sealed: Buffer.from(sealed) } };
      const { matchedCount } = await this.#collection.ask((there) => there.updateOne(those, set));
      return matchedCount > 0;
    });
  }

  remove(id: string): Promise<void> {
    return this.call(async () => {
      await this.#collection.ask((there) => there.deleteOne({ _id: id }));
    });
  }

  removeExpired(now: Date): Promise<number> {
    return this.call(async () => {
      const expired = { expires_at: { $lte: now.toISOString() } };
      const options = { projection: { _id: 1 }, limit: REMOVED_AT_ONCE, batchSize: REMOVED_AT_ONCE + 1 } as const;
      let removed = 0;
      for (;;) {
        const found = await this.#collection.ask((there) => there.find(expired, options).toArray(), 'documents');
        if (found.length === 0) return removed;
        // One that was put anew since then stays.
        const those = { _id: { $in: found.map(({ _id }) => _id) }, ...expired };
        await this.#collection.ask((there) => there.deleteMany(those), 'documents');
        removed += found.length;
      }
    });
  }

  ids(beginning: string, after: string | null, limit: number): Promise<string[]> {
    return this.call(async () => {
      const from = after === null || after < beginning ? { $gte: beginning } : { $gt: after };
      const filter = { _id: { ...from, $lt: beginning + AFTER_ALL } };
      const options = { projection: { _id: 1 }, sort: { _id: 1 }, limit, batchSize: limit + 1 } as const;
      const found = await this.#collection.ask((there) => there.find(filter, options).toArray(), 'documents');
      return found.map(({ _id }) => _id);
    });
  }
}
