import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** From so many pages on, the write-ahead log is moved into the file: 4 MiB. More would make moves rarer, and the longest wait for one longer. */
const DUE_PAGES = 1000;

/** A write-ahead log so long does not shrink by itself: 16 MiB. */
const OVERDUE_PAGES = 4000;

/** How long other processes may hold up the move of an overdue write-ahead log; appends wait meanwhile. */
const WAIT_MS = 50;

/** Keeps the write-ahead log short: it starts anew once all of it is in the file and nobody reads it. */
export class Checkpoints {
  readonly #db: DatabaseSync;
  readonly #pages: StatementSync;
  #overduePages = OVERDUE_PAGES;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#pages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  }

  /** Moves the write-ahead log into the file where that is due. */
  run(): void {
    const { log, checkpointed } = this.#pages.get() as { log: number; checkpointed: number };
    if (log - checkpointed < DUE_PAGES) return;
    if (log < this.#overduePages) this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    else this.#runToTheEnd(log);
  }

  /**
   * Where several processes append all the time, there is always a page more by the time that a move ends, and the
   * write-ahead log would grow for ever. So this move keeps them from appending; and where a long read is in the way, the
   * next one waits until it is worth another try.
   */
  #runToTheEnd(log: number): void {
    this.#db.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(RESTART)').get() as { busy: number };
    this.#db.exec('PRAGMA busy_timeout = 0');
    this.#overduePages = busy === 0 ? OVERDUE_PAGES : log + OVERDUE_PAGES;
  }
}
