import type { Stored, Unreadable } from './queries.ts';
import type { ViewKind, Views } from './views.ts';

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

/** What a projector needs of the read model. Every call rejects with `ReadModelUnavailable` where the store cannot be reached. */
export interface ProjectorStore {
  /** The views there are among these ids, those that cannot be read told as such; ids without a view are left out. */
  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>>;

  checkpoint(): Promise<Checkpoint | null>;

  /**
   * Applies a batch; outcomes are in the order of its writes.
   * @throws {CheckpointLost} the stored checkpoint is before `from`, of another log or of another generation (the read model was
   *   thrown away or replaced meanwhile): nothing was written; read the checkpoint and begin from there.
   */
  write(batch: Batch): Promise<WriteOutcome[]>;

  /** The events in the quarantine, oldest position first, at most `limit`; those after `after` in that order, whether it is still there or not. */
  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]>;

  /**
   * The views are level with the log for the first time: from then on they are whole, if maybe late, and a node may serve from them.
   * Nothing happens where the read model is of another generation by now.
   */
  markFilled(generation: string): Promise<void>;

  /** Throws every view, the quarantine and the checkpoint away, so that a follower begins from the start of the log. */
  clear(): Promise<void>;
}
