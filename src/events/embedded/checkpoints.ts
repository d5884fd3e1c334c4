import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** If the write-ahead log has so many pages (4 MiB), it is moved into the file. With more, moves are rarer but the longest wait is longer. */
const DUE_PAGES = 1000;

/** A write-ahead log of this length (16 MiB) does not shrink by itself. */
const OVERDUE_PAGES = 4000;

/** How long the move of an overdue write-ahead log waits for other processes. Appends wait meanwhile. */
const WAIT_MS = 50;

/** Keeps the write-ahead log short: it starts again from its beginning once all of it is in the file and no process reads it. */
export class Checkpoints {
  readonly #db: DatabaseSync;
  readonly #pages: StatementSync;
  #overduePages = OVERDUE_PAGES;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#pages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  }

  /** Whether the write-ahead log is long enough. */
  get areDue(): boolean {
    const { log, checkpointed } = this.#standing();
    return log - checkpointed >= DUE_PAGES;
  }

  /** Moves the write-ahead log into the file. */
  run(): void {
    const { log } = this.#standing();
    if (log < this.#overduePages) this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    else this.#runToTheEnd(log);
  }

  #standing(): { readonly log: number; readonly checkpointed: number } {
    return this.#pages.get() as { log: number; checkpointed: number };
  }

  /**
   * If several processes append all the time, new pages come during each move, and the write-ahead log would grow for ever.
   * So this move blocks their appends. If a long read prevents the move, the next one waits until another try is worth it.
   */
  #runToTheEnd(log: number): void {
    this.#db.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(RESTART)').get() as { busy: number };
    this.#db.exec('PRAGMA busy_timeout = 0');
    this.#overduePages = busy === 0 ? OVERDUE_PAGES : log + OVERDUE_PAGES;
  }
}
