import type { ImportReason, ImportSource } from '../events/import-events.ts';

/** An attempt that is over. */
export interface EndedAttempt {
  /** Where the image was to come from; null: the request names no source. */
  readonly source: ImportSource['kind'] | null;
  /**
   * `retried`: it is tried again later. `given_back`: the worker ended. `lost`: somebody else had claimed the import since, or it had
   * ended.
   */
  readonly outcome: 'succeeded' | 'retried' | 'failed' | 'given_back' | 'lost';
  /** Null: nothing went wrong. */
  readonly reason: ImportReason | null;
  /** Since the claim. */
  readonly seconds: number;
  /** How many bytes came, even if it did not succeed. */
  readonly bytes: number;
}

/** Who measures what the workers of this node do. No method throws. */
export interface ImportObserver {
  attemptEnded(attempt: EndedAttempt): void;
  /** An import failed because it had waited for too long. */
  expired(reason: ImportReason): void;
  /** The blob store was looked through: so many blobs and bytes are kept now, and so many blobs that no event names were removed. */
  swept(kept: { readonly blobs: number; readonly bytes: number; readonly removed: number }): void;
}
