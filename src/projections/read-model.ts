import type { ViewKind, Views, views } from './views.ts';

/**
 * The read model: the port. It can be thrown away and rebuilt from the log at any time. Adapters live beside this file
 * (`embedded/`, `mongodb/`); the contract that each must meet is `test/contracts/read-model.ts`.
 */

/** A view and the revision of its stream that it reflects. */
export interface Stored<K extends ViewKind = ViewKind> {
  readonly revision: number;
  readonly view: Views[K];
}

/** Whose a view is, and the revision of its stream that it reflects. */
export interface Owner {
  readonly organizationId: string;
  readonly revision: number;
}

/** In a view's place: it is there, but this version cannot read it, since another version wrote it. The reason is a sentence. */
export interface Unreadable {
  readonly unreadable: string;
}

/** A place in a page of views: the view, or which one it is that cannot be read. */
export type Paged<K extends ViewKind = ViewKind> = Stored<K> | (Unreadable & { readonly id: string });

/** Compare and set: the view is written only over `expectedRevision` of it (null: over nothing). */
export type ViewWrite = {
  [K in ViewKind]: {
    readonly kind: K;
    readonly expectedRevision: number | null;
    readonly revision: number;
    readonly view: Views[K];
  };
}[ViewKind];

/** `conflict`: the view is not at the expected revision. Another projector has been here, or an earlier revision is missing: read and decide. */
export type WriteOutcome = 'written' | 'conflict';

export interface LogPosition {
  readonly log: string;
  readonly position: bigint;
}

/** In a checkpoint, in the place of a log's id: the views are being thrown away. Whoever meets it throws them away again. */
export const NO_LOG = '(none: the views are being thrown away)';

/** How far into which log every event is known to be in the views (or set aside). */
export interface Checkpoint extends LogPosition {
  /**
   * Which making of the read model this is: a UUID, made with the first checkpoint of an empty one. A follower that meets another
   * one than it knows begins again: what it, or an inline projection, wrote before went into a read model that is gone.
   */
  readonly generation: string;
  /** Whether the views were ever level with the log, since they were begun. Until then lists would be incomplete. */
  readonly isFilled: boolean;
}

/** An event that could not be projected, or that waits behind one. */
export interface QuarantinedEvent {
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
   * met a conflict, and never backwards: several followers may share it.
   */
  readonly checkpoint?: { readonly from: Checkpoint | null; readonly to: LogPosition };
  /** Upserted by (stream, revision). */
  readonly quarantined?: readonly QuarantinedEvent[];
  /** Events no longer set aside. */
  readonly released?: readonly { readonly stream: string; readonly revision: number }[];
}

/** A place in a list, newest first: right after the view with this time and id. */
export interface ListCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** The views that can be listed, and what each list may be narrowed by. */
export type ListedKind = { [K in ViewKind]: (typeof views)[K] extends { readonly list: object } ? K : never }[ViewKind];
type FilterOf<K extends ListedKind> = (typeof views)[K]['list']['filters'][number];

/** Which views, newest first (`created_at`, then `id`, both descending). Times are UTC ISO 8601 with milliseconds, both bounds exclusive. */
export interface ListQuery<K extends ListedKind = ListedKind> {
  readonly organizationId: string;
  /** The value that each of these fields has. */
  readonly having?: { readonly [F in FilterOf<K>]?: string };
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly after?: ListCursor;
  readonly limit: number;
  /**
   * Of the fields that size a page, together: it ends before the view that would pass this, but holds one at least, and no more than one
   * beyond it is read. Without it, only `limit` counts.
   */
  readonly maxCharacters?: number;
}

/** A page of a list, and whether the list ends with it. */
export interface ListPage<K extends ListedKind = ListedKind> {
  readonly items: readonly Stored<K>[];
  readonly isLast: boolean;
}

/** What answers queries. `get` and `list` reject with `UnreadableView` where a view that they would give cannot be read. */
export interface Queries {
  /** @param organizationId where it is given, a view of another organization counts as none, and is not read */
  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null>;

  /** Whose the view is, without the rest of it being read. It takes the same time whether there is a view, and whatever is in it. */
  ownerOf(kind: ViewKind, id: string): Promise<Owner | null>;

  list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>>;
}

/** What can be asked of a read model without changing it: all that there is of one that was opened for reading. */
export interface ReadModelReader extends Queries {
  /** The views there are among these ids, those that cannot be read told as such; ids without a view are left out. */
  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>>;

  /** The first `limit` views whose ids come after `after` (null: from the first on), ascending by id (by its bytes in UTF-8). */
  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]>;

  checkpoint(): Promise<Checkpoint | null>;

  /** The events in the quarantine, oldest position first, at most `limit`; those after `after` in that order, whether it is still there or not. */
  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]>;

  close(): Promise<void>;
}

/**
 * The read model of one version of the views. Every call rejects with `ReadModelUnavailable` where the store cannot be read or written;
 * nothing waits for ever.
 */
export interface ReadModel extends ReadModelReader {
  /**
   * Applies a batch; outcomes are in the order of its writes.
   * @throws {CheckpointLost} the stored checkpoint is before `from`, of another log or of another generation (the read model was
   *   thrown away or replaced meanwhile): nothing was written; read the checkpoint and begin from there.
   */
  write(batch: Batch): Promise<WriteOutcome[]>;

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

  /**
   * The views are level with the log for the first time: from then on they are whole, if maybe late, and a node may serve from them.
   * Nothing happens where the read model is of another generation by now.
   */
  markFilled(generation: string): Promise<void>;

  /** A node works with this version, of this generation: `imports versions list` tells when that was last so. */
  noteUse(generation: string): Promise<void>;

  /** Throws every view, the quarantine and the checkpoint away, so that a follower begins from the start of the log. */
  clear(): Promise<void>;
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

/** The views are those of another log. They are its, and nothing of this one is written among them. */
export class OtherLog extends Error {
  readonly code = 'other_log';

  constructor({ log, position }: LogPosition, { id }: { readonly id: string }) {
    super(
      `The views belong to another event log: they are those of log ${log}, up to its position ${position}; this is log ${id}. ` +
        'Nothing was changed. If another service uses them, give this one views of its own (MONGODB_URL, else DATA_DIR). If this log ' +
        'was lost and is new, stop, and restore it from a backup. If these views are to be thrown away and built from this log, as ' +
        'after a move, start the service once with --adopt: npm start -- --adopt.',
    );
    this.name = 'OtherLog';
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
