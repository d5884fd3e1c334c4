/**
 * Keeps sealed credentials: the port. It knows nothing of what is in them. Its adapters are in `embedded/` and `mongodb/`. Each must pass
 * `test/contracts/sealed-store.ts`. Each call rejects with `SealedUnavailable` if the store cannot be read or written; none waits for ever.
 */
export interface SealedStore {
  /** Keeps them durably, instead of what the id had before. @param expiresAt null: never */
  put(id: string, sealed: Uint8Array, expiresAt: Date | null): Promise<void>;

  get(id: string): Promise<Uint8Array | null>;

  /** Keeps `sealed` instead of `before`, as durably and as long; false: the id has something else by now, or nothing. */
  replace(id: string, before: Uint8Array, sealed: Uint8Array): Promise<boolean>;

  /** No error if there are none. */
  remove(id: string): Promise<void>;

  /** Removes what has expired; gives how many there were. */
  removeExpired(now: Date): Promise<number>;

  /** The first `limit` ids with this beginning after `after` (null: from the first), ascending. */
  ids(beginning: string, after: string | null, limit: number): Promise<string[]>;

  close(): Promise<void>;
}

/** The store cannot be read or written just now. */
export class SealedUnavailable extends Error {
  readonly code = 'sealed_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'SealedUnavailable';
  }
}
