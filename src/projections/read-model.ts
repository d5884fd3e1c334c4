import type { ViewKind, Views } from './views.ts';

/**
 * The read model: the port. It can be thrown away and rebuilt from the log at any time. Adapters live beside this file
 * (`embedded/`); the contract that each must meet is `test/contracts/read-model.ts`.
 */

/** A view and the revision of its stream that it reflects. */
export interface Stored<K extends ViewKind = ViewKind> {
  readonly revision: number;
  readonly view: Views[K];
}

/** In a view's place: it is there, but this version cannot read it, since another version wrote it. The reason is a sentence. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Compare and set: the view is written only over revision `over` of it (null: over nothing). */
export type ViewWrite = {
  [K in ViewKind]: {
    readonly kind: K;
    readonly over: number | null;
    readonly revision: number;
    readonly view: Views[K];
  };
}[ViewKind];

/** `lost`: the view is not at `over`. Another projector has been here, or an earlier revision is missing: read and decide. */
export type WriteOutcome = 'written' | 'lost';

/** How far into which log every event is known to be in the views (or set aside). */
export interface Checkpoint {
  readonly log: string;
  readonly position: bigint;
}

/** An event that could not be projected, or that waits behind one. */
export interface SetAside {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  readonly reason: string;
}

/** One step of a projector: what it wrote and how far it has come, as one write where the store can. */
export interface Batch {
  readonly writes: readonly ViewWrite[];
  /**
   * Moves the checkpoint from `from` (what the follower began from; null: nothing yet) to `to`. It moves only when no write
   * was lost, and never backwards: several followers may share it.
   */
  readonly checkpoint?: { readonly from: Checkpoint | null; readonly to: Checkpoint };
  /** Upserted by (stream, revision). */
  readonly setAside?: readonly SetAside[];
  /** Events no longer set aside. */
  readonly released?: readonly { readonly stream: string; readonly revision: number }[];
}

/** A place in a list of imports, newest first: right after the import with this time and id. */
export interface ImportCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** Which imports, newest first (`created_at`, then `id`, both descending). Times are UTC ISO 8601 with milliseconds, both bounds exclusive. */
export interface ImportQuery {
  readonly organizationId: string;
  readonly albumId?: string;
  readonly importType?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly after?: ImportCursor;
  readonly limit: number;
}

/**
 * Every call rejects with `ReadModelUnavailable` where the store cannot be read or written; nothing waits for ever. `get`,
 * `listImports` and `list` reject with `UnreadableView` where a view that they would give is one that another version wrote.
 */
export interface ReadModel {
  get<K extends ViewKind>(kind: K, id: string): Promise<Stored<K> | null>;

  /** The views there are among these ids, those that cannot be read told as such; ids without a view are left out. */
  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>>;

  listImports(query: ImportQuery): Promise<Stored<'import'>[]>;

  /** All users or all secrets, removed and revoked ones too, by id. */
  list<K extends 'user' | 'secret'>(kind: K): Promise<Stored<K>[]>;

  /**
   * Applies a batch; outcomes are in the order of its writes.
   * @throws {CheckpointLost} the stored checkpoint is behind `from` or of another log (the read model was thrown away meanwhile):
   *   nothing was written; read the checkpoint and begin from there.
   */
  write(batch: Batch): Promise<WriteOutcome[]>;

  checkpoint(): Promise<Checkpoint | null>;

  /** The events set aside, oldest position first, at most `limit`. */
  setAside(limit?: number): Promise<SetAside[]>;

  /** Throws every view, set-aside event and the checkpoint away, so that a follower begins from the start of the log. */
  clear(): Promise<void>;

  close(): Promise<void>;
}

/** The read model could not be read or written just now. */
export class ReadModelUnavailable extends Error {
  readonly code = 'read_model_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The read model is unavailable: ${reason}`, { cause });
    this.name = 'ReadModelUnavailable';
  }
}

/** The checkpoint is not where the follower left it: the read model was thrown away or belongs to another log. */
export class CheckpointLost extends Error {
  readonly code = 'checkpoint_lost';

  constructor(reason: string) {
    super(`The checkpoint is lost: ${reason}`);
    this.name = 'CheckpointLost';
  }
}

/** The view is there, but another version of this program wrote it in a shape that this one does not know. */
export class UnreadableView extends Error {
  readonly code = 'unreadable_view';

  constructor(kind: ViewKind, id: string, reason: string) {
    super(`The view of ${kind} ${id} cannot be read: ${reason}`);
    this.name = 'UnreadableView';
  }
}
