import type { Ownership } from '../../../errors/other-store.ts';
import { reasonOf } from '../../../errors/reason-of.ts';
import { FLOOR_BYTES } from '../../../machine/room.ts';
import { BatchedWorker } from '../../../sqlite/batched-worker.ts';
import { takeFile } from '../../../sqlite/owner.ts';
import { locked, removeDatabase } from '../../../sqlite/replaceable-file.ts';
import {
  type DeliveriesQuery,
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryStore,
  type Lease,
  type Progress,
} from '../delivery-store.ts';
import { program } from './deliveries-thread.ts';
import {
  type ArgsOf,
  charactersIn,
  type DeliveriesData,
  type DeliveriesRequest,
  type Op,
  type Reply,
  type ValueOf,
} from './requests.ts';

const TIMEOUT_MS = 3_000;
const REQUESTS_PER_TRANSACTION = 256;
/** So many are removed in one transaction, which takes some milliseconds. */
const REMOVED_AT_ONCE = 500;

export interface EmbeddedDeliveryStoreOptions {
  /** The path; its folder must be there. */
  readonly file: string;
  /** Whose they are; unless set, the file need not say. */
  readonly own?: Ownership;
  /** Is called with a sentence for the operator: the file was damaged and replaced, or room is short. */
  readonly onNotice?: (message: string) => void;
  /** If less is free on the disk, answers are not kept, and few finished deliveries; 64 MiB unless set. */
  readonly floorBytes?: number;
}

/**
 * The store of deliveries in one SQLite file. Another process may use the same file at the same time.
 * @throws {OtherStore} they are another log's
 * @throws {DeliveriesUnavailable} the file cannot be opened (its folder is not writable, the disk is full, …)
 */
export async function openEmbeddedDeliveryStore(options: EmbeddedDeliveryStoreOptions): Promise<DeliveryStore> {
  const { file, own } = options;
  // Another log's progress is of no use: each webhook goes on from its watermark.
  if (own !== undefined) await takeFile(file, own, () => locked(file, () => removeDatabase(file)));
  const store = new EmbeddedDeliveryStore(options);
  try {
    await store.open();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * One thread reads and writes, all requests of a moment in one transaction. It is not the caller's thread because a batch takes
 * milliseconds, and now and then waits for the disk.
 */
class EmbeddedDeliveryStore implements DeliveryStore {
  readonly #worker: BatchedWorker<DeliveriesRequest, Reply, DeliveriesData>;
  readonly #onNotice: (message: string) => void;

  constructor({ file, own, onNotice, floorBytes = FLOOR_BYTES }: EmbeddedDeliveryStoreOptions) {
    this.#onNotice = onNotice ?? (() => {});
    this.#worker = new BatchedWorker({
      program,
      data: { file, log: own?.log ?? null, floorBytes },
      batchSize: REQUESTS_PER_TRANSACTION,
      weightOf: charactersIn,
      timeoutMs: TIMEOUT_MS,
    });
  }

  async open(): Promise<void> {
    await this.#ask('look');
  }

  save(endpoint: string, deliveries: readonly Delivery[], progress: Progress | null): Promise<void> {
    return this.#ask('save', endpoint, deliveries, progress);
  }

  progress(endpoint: string): Promise<Progress | null> {
    return this.#ask('progress', endpoint);
  }

  waiting(endpoint: string): Promise<Delivery[]> {
    return this.#ask('waiting', endpoint);
  }

  withIds(endpoint: string, ids: readonly string[]): Promise<Delivery[]> {
    return this.#ask('withIds', endpoint, ids);
  }

  list(query: DeliveriesQuery): Promise<Delivery[]> {
    return this.#ask('list', query);
  }

  end(endpoint: string): Promise<void> {
    return this.#ask('end', endpoint);
  }

  async prune(before: string, mostOfOne: number): Promise<number> {
    let removed = 0;
    for (const endpoint of await this.#ask('endpoints')) {
      const upTo = await this.#ask('pruneBound', endpoint, before, mostOfOne);
      let some: number;
      do {
        // Between two steps, other requests have their turn.
        some = await this.#ask('removeFinished', endpoint, upTo, REMOVED_AT_ONCE);
        removed += some;
      } while (some === REMOVED_AT_ONCE);
    }
    return removed;
  }

  leases(): Promise<Lease[]> {
    return this.#ask('leases');
  }

  take(lease: Lease, seen: Lease | null): Promise<boolean> {
    return this.#ask('take', lease, seen);
  }

  release(endpoint: string, holder: string): Promise<void> {
    return this.#ask('release', endpoint, holder);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  async #ask<O extends Op>(op: O, ...args: ArgsOf<O>): Promise<ValueOf<O>> {
    const outcome = await this.#worker.request({ op, args } as DeliveriesRequest).catch((error) => {
      throw new DeliveriesUnavailable(reasonOf(error), error);
    });
    const notices = 'reply' in outcome ? outcome.reply.notices : (outcome.failure.detail as readonly string[]);
    for (const notice of notices) this.#onNotice(notice);
    if ('failure' in outcome) throw new DeliveriesUnavailable(outcome.failure.message);
    return outcome.reply.value as ValueOf<O>;
  }
}
