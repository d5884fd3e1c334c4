import type { ProjectorStore, WriteOutcome } from './projector-store.ts';
import type { Queries, Stored, Unreadable } from './queries.ts';
import type { ViewKind } from './views.ts';
import type { WorkQueries } from './work-queries.ts';

/**
 * The read model of one version of the views: the port. It can be thrown away and rebuilt from the log at any time. Its adapters are in
 * `embedded/` and `mongodb/`. Each must pass `test/contracts/read-model.ts`. Each call rejects with `ReadModelUnavailable` if the store
 * cannot be read or written. No call waits for ever.
 */
export interface ReadModel extends ReadModelReader, ProjectorStore {
  /**
   * Replaces a view that differs from the fold of the log by `after`, at any revision; null removes it.
   * @param before the wrong view from `getMany` (null: none). If the view is now at another revision, it stays (`conflict`), so that
   *   newer writes of a projector are kept: read, fold and try again.
   */
  repair<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome>;

  /** Records that a node uses this version, of this generation: `imports versions list` shows when it last did. */
  noteUse(generation: string): Promise<void>;
}

/** The reading half of the read model. */
export interface ReadModelReader extends Queries, Pick<ProjectorStore, 'getMany' | 'checkpoint' | 'quarantined'> {
  readonly work: WorkQueries;

  /** The first `limit` views with ids after `after` (null: from the first), ascending by id (by its bytes in UTF-8). */
  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]>;

  close(): Promise<void>;
}

/** An item of a page of views: the view, or the id of one that cannot be read. */
export type Paged<K extends ViewKind = ViewKind> = Stored<K> | (Unreadable & { readonly id: string });
