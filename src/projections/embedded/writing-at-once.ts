import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { inodeOf } from '../../sqlite/replaceable-file.ts';
import type { WriteOutcome } from '../projector-store.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import type { RowBatch } from './requests.ts';
import { ViewTables } from './view-tables.ts';

/** Writes to the views' file on the caller's thread. It never waits: if it cannot write at once, the writing thread must do it. */
export class WritingAtOnce {
  readonly #file: string;
  readonly #inode: bigint | null;
  readonly #database: DatabaseSync;
  readonly #tables: ViewTables;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  /** @throws SQLite's error if the file cannot be written just now */
  constructor(file: string, shapes: ViewShapes) {
    this.#file = file;
    this.#inode = inodeOf(file);
    const url = pathToFileURL(file);
    // Only the writing thread makes a missing file.
    url.searchParams.set('mode', 'rw');
    this.#database = new DatabaseSync(url, { timeout: 0 });
    try {
      // The writing thread moves the write-ahead log into the file, so that this thread is not blocked by it.
      this.#database.exec(
        'PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024; PRAGMA mmap_size = 0',
      );
      this.#tables = new ViewTables(this.#database, shapes);
      this.#begin = this.#database.prepare('BEGIN IMMEDIATE');
      this.#commit = this.#database.prepare('COMMIT');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the path now names another file, or none. */
  isMoved(): boolean {
    return this.#inode === null || inodeOf(this.#file) !== this.#inode;
  }

  /**
   * Applies a batch that moves no checkpoint; outcomes are in the order of its writes.
   * @throws SQLite's error if another connection writes just now, or if the file cannot be written
   */
  write(batch: Omit<RowBatch, 'checkpoint'>): WriteOutcome[] {
    this.#begin.run();
    try {
      const outcome = this.#tables.write(batch);
      this.#commit.run();
      return 'reply' in outcome ? outcome.reply : [];
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  close(): void {
    this.#database.close();
  }
}
