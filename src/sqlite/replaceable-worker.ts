import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Outcome } from './batched-worker.ts';
import { whileBusy } from './busy.ts';
import { isBusy, isFull } from './errors.ts';
import { type OpenReplaceable, openReplaceable, type Replaceable, setDamagedAside } from './replaceable-database.ts';
import { BUSY_TIMEOUT_MS, damageIn, inodeOf, whyReplaceableUnusable } from './replaceable-file.ts';

/** What a thread does in a database. */
export interface Work<Request, Tables, Value> {
  readonly file: string;
  readonly kind: Replaceable;
  /** Is called with each new connection. */
  prepare(database: DatabaseSync): Tables;
  isWrite(request: Request): boolean;
  run(tables: Tables, request: Request): Value;
}

/** The reply to a request. A failure has the notices as its detail. */
export interface Done<Value> {
  readonly value: Value;
  /** What the operator should know. */
  readonly notices: readonly string[];
}

interface Connection<Tables> extends OpenReplaceable {
  readonly tables: Tables;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
}

/**
 * Reads and writes a database that is moved aside if it is damaged, on the thread of its caller: each batch of requests in one transaction.
 * Several processes may use the same file.
 */
export class ReplaceableWorker<Request, Tables, Value> {
  readonly #work: Work<Request, Tables, Value>;
  #connection: Connection<Tables> | null = null;
  #isChecked = false;
  #notices: string[] = [];

  constructor(work: Work<Request, Tables, Value>) {
    this.#work = work;
  }

  /** Returns one outcome for each request, in order. It never throws: an error becomes the failure of each request. */
  work(requests: readonly Request[]): Outcome<Done<Value>>[] {
    try {
      return this.transact(requests).map((value) => ({ reply: { value, notices: this.#notices.splice(0) } }));
    } catch (error) {
      // One request's fault must not fail the others, so each runs separately.
      if (requests.length > 1 && isFaultOfARequest(error)) return requests.flatMap((request) => this.work([request]));
      const message = this.#failed(error);
      return requests.map(() => ({ failure: { code: 'unavailable', message, detail: this.#notices.splice(0) } }));
    }
  }

  /** Does something between two batches. After an error the connection is put right, as after one of a request. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Is told with the next reply. */
  notice(text: string): void {
    this.#notices.push(text);
  }

  /** The requests in one transaction. @throws the first error; then nothing was written */
  transact(requests: readonly Request[]): Value[] {
    const { database, tables, begin, commit } = this.current();
    const run = () => requests.map((request) => this.#work.run(tables, request));
    if (!requests.some((request) => this.#work.isWrite(request))) return whileBusy(run, BUSY_TIMEOUT_MS);
    whileBusy(() => begin.run(), BUSY_TIMEOUT_MS);
    try {
      const values = run();
      // Without a write-ahead log, those who read are in the way.
      whileBusy(() => commit.run(), BUSY_TIMEOUT_MS);
      return values;
    } finally {
      // After some errors SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  /** The connection, on the file that the path names now. */
  current(): Connection<Tables> {
    const { file, kind } = this.#work;
    if (this.#connection !== null && this.#connection.inode === inodeOf(file)) return this.#connection;
    this.close();
    // Before anything is sent, a check may take long.
    const opened = openReplaceable(file, kind, !this.#isChecked);
    this.#isChecked = true;
    const { database, notice } = opened;
    if (notice !== null) this.notice(notice);
    // `whileBusy` waits instead, and more fairly.
    database.exec('PRAGMA busy_timeout = 0');
    this.#connection = {
      ...opened,
      tables: this.#work.prepare(database),
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
    };
    return this.#connection;
  }

  close(): void {
    this.#connection?.database.close();
    this.#connection = null;
  }

  /** Puts the connection right, and says why it failed. */
  #failed(error: unknown): string {
    const { file, kind } = this.#work;
    const inode = this.#connection?.inode;
    // A connection may stay unusable after a failed write, except after these two errors.
    if (!isBusy(error) && !isFull(error)) this.close();
    try {
      const damage = damageIn(error);
      const notice = inode === undefined || damage === null ? null : setDamagedAside(file, kind, inode, damage);
      if (notice !== null) this.notice(notice);
    } catch {
      // The next request finds the damage again.
    }
    return whyReplaceableUnusable(error, file);
  }
}

/** Whether a value cannot be bound to a statement. */
function isFaultOfARequest(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
