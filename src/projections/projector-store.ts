import type { Stored, Unreadable } from './queries.ts';
import type { ViewKind, Views } from './views.ts';

/** Compare and set: the view is written only if it is at `expectedRevision` (null: if there is none). */
export type ViewWrite = {
  [K in ViewKind]: {
    readonly kind: K;
    readonly expectedRevision: number | null;
    readonly revision: number;
    readonly view: Views[K];
  };
}[ViewKind];

/** `conflict`: the view is not at the expected revision. Another projector has written it, or an earlier revision is missing: read it again. */
export type WriteOutcome = 'written' | 'conflict';

export interface LogPosition {
  readonly log: string;
  readonly position: bigint;
  /** The id of the event there: another one says that the log is at another place in time. Not known at 0, and if an earlier release wrote it. */
  readonly event?: string;
}

/** In a checkpoint instead of a log's id: the views are being thrown away. A process that finds it throws them away again. */
export const NO_LOG = '(none: the views are being thrown away)';

/** Up to this position of this log, every event is in the views or in the quarantine. */
export interface Checkpoint extends LogPosition {
  /**
   * A UUID, made with the first checkpoint of an empty read model. If a follower meets another generation, it begins again: what it or an
   * inline projection wrote before was in a read model that no longer exists.
   */
  readonly generation: string;
  /** Whether the views were ever level with the log since they were begun. Until then lists are incomplete. */
  readonly isFilled: boolean;
}

/** An event that could not be projected, or that waits for one before it. */
export interface QuarantinedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  readonly reason: string;
}

/** One step of a projector: its writes and its new position, as one write if the store can. */
export interface Batch {
  readonly writes: readonly ViewWrite[];
  /**
   * Moves the checkpoint from `from` (with which the follower began; null: none yet) to `to`. It moves only if no write
   * had a conflict, and never backwards: several followers may share it.
   */
  readonly checkpoint?: { readonly from: Checkpoint | null; readonly to: LogPosition };
  /** Upserted by (stream, revision). */
  readonly quarantined?: readonly QuarantinedEvent[];
  /** Events that leave the quarantine. */
  readonly released?: readonly { readonly stream: string; readonly revision: number }[];
}

/** What a projector needs of the read model. Each call rejects with `ReadModelUnavailable` if the store cannot be reached. */
export interface ProjectorStore {
  /** The views with these ids, also those that cannot be read; ids without a view are left out. */
  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>>;

  checkpoint(): Promise<Checkpoint | null>;

  /**
   * Applies a batch; outcomes are in the order of its writes.
   * @throws {CheckpointLost} the stored checkpoint is before `from`, of another log or of another generation (the read model was
   *   thrown away or replaced meanwhile): nothing was written; read the checkpoint and begin there.
   */
  write(batch: Batch): Promise<WriteOutcome[]>;

  /** The events in the quarantine, oldest position first, at most `limit`, and only those after `after`, which may have left it. */
  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]>;

  /**
   * Records that the views were level with the log for the first time: from then on they are whole, perhaps late, and a node may serve them.
   * Does nothing if the read model is now of another generation.
   */
  markFilled(generation: string): Promise<void>;

  /** Throws every view, the quarantine and the checkpoint away, so that a follower begins from the start of the log. */
  clear(): Promise<void>;
}
