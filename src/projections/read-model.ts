import type { ProjectorStore, WriteOutcome } from './projector-store.ts';
import type { Queries, Stored, Unreadable } from './queries.ts';
import type { ViewKind } from './views.ts';

/**
 * The read model of one version of the views: the port. It can be thrown away and rebuilt from the log at any time. Adapters live beside
 * this file (`embedded/`, `mongodb/`); the contract that each must meet is `test/contracts/read-model.ts`. Every call rejects with
 * `ReadModelUnavailable` where the store cannot be read or written; nothing waits for ever.
 */
export interface ReadModel extends ReadModelReader, ProjectorStore {
  /**
   * Puts a view right that is not as the log's events make it: `after` comes in its place, at whatever revision; null removes it.
   * @param before what is there instead, as `getMany` gave it (null: nothing). A view that is at another revision by now is left as
   *   it is (`conflict`), so that none goes back before what a projector has written meanwhile: read, fold and try again.
   */
  repair<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome>;

  /** A node works with this version, of this generation: `imports versions list` tells when that was last so. */
  noteUse(generation: string): Promise<void>;
}

/** What can be asked of a read model without changing it: all that there is of one that was opened for reading. */
export interface ReadModelReader extends Queries, Pick<ProjectorStore, 'getMany' | 'checkpoint' | 'quarantined'> {
  /** The first `limit` views whose ids come after `after` (null: from the first on), ascending by id (by its bytes in UTF-8). */
  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]>;

  close(): Promise<void>;
}

/** A place in a page of views: the view, or which one it is that cannot be read. */
export type Paged<K extends ViewKind = ViewKind> = Stored<K> | (Unreadable & { readonly id: string });
