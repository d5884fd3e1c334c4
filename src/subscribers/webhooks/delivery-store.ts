import type { Place } from '../place.ts';

/**
 * The store of deliveries: the port. It holds operational records, which are neither in the log nor in the views. If it is lost, delivery
 * starts again from the watermarks in the log. Its adapters are in `embedded/` and `mongodb/`. Each must pass `test/contracts/delivery-store.ts`.
 * Each call rejects with `DeliveriesUnavailable` if the store cannot be read or written. No call waits for ever.
 */

/** One POST of a delivery, and what came of it. */
export interface Attempt {
  /** When it began: UTC, ISO 8601 with milliseconds. */
  readonly at: string;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** The status of the answer; null: there was none. */
  readonly status: number | null;
  /** The beginning of the answer's body, at most a kilobyte of text; null: there was none. */
  readonly answer: string | null;
  /** Why there was no answer, in words; null: there was one. */
  readonly failure: string | null;
}

/** `waiting`: it will be tried (again). `ended`: the endpoint was disabled or deleted first. */
export type DeliveryStatus = 'waiting' | 'delivered' | 'given_up' | 'ended';

/** One event on its way to one endpoint. */
export interface Delivery {
  /** Derived from the endpoint and the event, so that the same delivery has the same id on every node. */
  readonly id: string;
  readonly endpoint: string;
  /** Where the event is. A ping has no event in the log: null. */
  readonly event: {
    readonly id: string;
    readonly stream: string;
    readonly revision: number;
    readonly position: bigint;
  } | null;
  /** The type of the public event without its prefix: `import.requested`. */
  readonly type: string;
  readonly status: DeliveryStatus;
  /** When it was made: UTC, ISO 8601 with milliseconds, as all times here. */
  readonly createdAt: string;
  /** When it is due; null unless it waits. */
  readonly dueAt: string | null;
  /** When it was tried first; null: never. */
  readonly firstTriedAt: string | null;
  /** How often it was tried since it was made or recovered. */
  readonly tries: number;
  /** The newest attempts, oldest first, at most 20. */
  readonly attempts: readonly Attempt[];
}

/** How far an endpoint has come. */
export interface Progress {
  /** Every event up to here has its delivery, or needs none. */
  readonly scanned: Place;
  /** Failures since the last success; 0: it works. */
  readonly failures: number;
  /** When the uninterrupted failures began, and when the last attempt was; null: it works, or none was made. */
  readonly failingSince: string | null;
  readonly lastTriedAt: string | null;
  /** The id of the newest event that asked for a recovery and was obeyed; null: none. */
  readonly recovery: string | null;
}

/** Which deliveries to list. */
export interface DeliveriesQuery {
  readonly endpoint: string;
  readonly status?: DeliveryStatus;
  /** Only those made at this time or later. */
  readonly since?: string;
  /** Only those before this one in the list. */
  readonly before?: { readonly createdAt: string; readonly id: string };
  readonly limit: number;
}

/** Who serves an endpoint. `beat` changes with each renewal. */
export interface Lease {
  readonly endpoint: string;
  readonly holder: string;
  readonly beat: number;
}

export interface DeliveryStore {
  /**
   * Writes deliveries of the endpoint (those of the same id are replaced) and, after them, its progress. If it fails in between, some of the
   * deliveries are written and the progress is not: to write them again is harmless. Too many attempts and too long texts are cut.
   */
  save(endpoint: string, deliveries: readonly Delivery[], progress: Progress | null): Promise<void>;

  /** Null: the store knows nothing of the endpoint. */
  progress(endpoint: string): Promise<Progress | null>;

  /** Those that wait, in the order of their events; a ping is before all events. */
  waiting(endpoint: string): Promise<Delivery[]>;

  /** By their ids; those that are not there are left out. */
  withIds(endpoint: string, ids: readonly string[]): Promise<Delivery[]>;

  /** Newest first (`createdAt`, then `id`, both descending). */
  list(query: DeliveriesQuery): Promise<Delivery[]>;

  /** Ends everything that waits at an endpoint. */
  end(endpoint: string): Promise<void>;

  /** Removes finished deliveries made before a time, and the oldest finished ones of each endpoint beyond `mostOfOne`. Gives how many. */
  prune(before: string, mostOfOne: number): Promise<number>;

  /** Every lease. */
  leases(): Promise<Lease[]>;

  /** Takes or renews a lease, if it is still as `seen` (null: there was none), in one step. Gives whether that worked. */
  take(lease: Lease, seen: Lease | null): Promise<boolean>;

  /** Gives a lease back, if it is this holder's. */
  release(endpoint: string, holder: string): Promise<void>;

  close(): Promise<void>;
}

/** What commands that only read need. */
export type DeliveryReader = Pick<DeliveryStore, 'progress' | 'waiting' | 'withIds' | 'list' | 'leases' | 'close'>;

/** The store of deliveries cannot be read or written. */
export class DeliveriesUnavailable extends Error {
  readonly code = 'deliveries_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The store of deliveries is unavailable: ${reason}`, { cause });
    this.name = 'DeliveriesUnavailable';
  }
}
