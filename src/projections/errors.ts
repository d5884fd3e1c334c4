import type { LogPosition } from './projector-store.ts';
import type { ViewKind } from './views.ts';

/** The read model could not be read or written just now. */
export class ReadModelUnavailable extends Error {
  readonly code = 'read_model_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The read model is unavailable: ${reason}`, { cause });
    this.name = 'ReadModelUnavailable';
  }
}

/** The stored checkpoint is not the follower's: the read model was thrown away or belongs to another log. */
export class CheckpointLost extends Error {
  readonly code = 'checkpoint_lost';

  constructor(reason: string) {
    super(`The checkpoint is lost: ${reason}`);
    this.name = 'CheckpointLost';
  }
}

/** The views belong to another log, or to another past of this one. Nothing is written to them. */
export class OtherLog extends Error {
  readonly code = 'other_log';

  private constructor(whose: string) {
    super(`${whose} Nothing was changed. ${WHAT_TO_DO}`);
    this.name = 'OtherLog';
  }

  static another({ log, position }: LogPosition, { id }: { readonly id: string }): OtherLog {
    return new OtherLog(
      `The views belong to another event log: log ${log}, up to its position ${position}. This is log ${id}.`,
    );
  }

  /** @param found the id of the event that the log has there; null: there is none */
  static otherPast({ log, position, event }: LogPosition, found: string | null): OtherLog {
    const there = found === null ? 'none begins there' : `it is event ${found}`;
    return new OtherLog(
      `The views belong to another past of this event log (${log}): at position ${position} they have seen event ${event}, and in the ` +
        `log ${there}. An older backup was restored, or another copy of this log writes to the same views.`,
    );
  }
}

const WHAT_TO_DO =
  'If another service uses them, give this one its own views (MONGODB_URL, else DATA_DIR). If this log was lost or is not the one that was ' +
  'meant, stop, and restore it from a backup. If these views are to be thrown away and built from this log, as after a move or a restore, ' +
  'start the service once with --adopt: npm start -- --adopt.';

/** Another version of this program wrote the view in a form that this one does not know. */
export class UnreadableView extends Error {
  readonly code = 'unreadable_view';

  constructor(kind: ViewKind, id: string, reason: string) {
    super(`The view of ${kind} ${id} cannot be read: ${reason}`);
    this.name = 'UnreadableView';
  }
}
