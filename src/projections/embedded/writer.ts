import type { StatementSync } from 'node:sqlite';
import type { Outcome } from '../../sqlite/batched-worker.ts';
import { whileBusy } from '../../sqlite/busy.ts';
import { isBusy, isFull, isSchemaTrouble, isSqliteError } from '../../sqlite/errors.ts';
import { BUSY_TIMEOUT_MS, damageIn, inodeOf, whyReplaceableUnusable } from '../../sqlite/replaceable-file.ts';
import type { WriteOutcome } from '../projector-store.ts';
import type { WriterData, WriterFailure, WriterRequest } from './requests.ts';
import { ViewTables } from './view-tables.ts';
import { type OpenViews, openViews, removeViews, setDamagedAside } from './views-file.ts';

// https://sqlite.org/rescode.html
const FAULTS_OF_A_REQUEST = [18, 19, 20, 25];

type Reply = Outcome<WriteOutcome[]>;

interface Connection extends OpenViews {
  readonly tables: ViewTables;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
}

/** The file was damaged; a new one is in its place. */
class Replaced extends Error {}

/** Writes the views' file, on its own thread: each batch of requests in one transaction. */
export class ViewsWriter {
  readonly #file: string;
  readonly #shapes: WriterData['shapes'];
  readonly #generation: WriterData['generation'];
  #connection: Connection | null = null;
  #lastInode: bigint | null = null;

  constructor({ file, shapes, generation }: WriterData) {
    this.#file = file;
    this.#shapes = shapes;
    this.#generation = generation;
  }

  /** Returns one outcome for each request, in order. It never throws: an error becomes the failure of each request. */
  work(requests: readonly WriterRequest[]): Reply[] {
    try {
      for (const request of requests) {
        if (request.op === 'distrust') this.#examine(request.inode, request.damage);
        if (request.op === 'clear') this.#startAfresh();
      }
      return this.#transact(this.#current(), requests);
    } catch (error) {
      const failure = this.#failure(error);
      return requests.map(() => failure);
    }
  }

  close(): void {
    this.#connection?.database.close();
    this.#connection = null;
  }

  #transact(connection: Connection, requests: readonly WriterRequest[]): Reply[] {
    const { database, tables, begin, commit } = connection;
    whileBusy(() => begin.run(), BUSY_TIMEOUT_MS);
    try {
      const replies = requests.map((request) => apply(tables, request));
      commit.run();
      return replies;
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      if (!isFaultOfARequest(error)) throw error;
      // One request's fault must not fail the others, so each runs separately.
      if (requests.length > 1) return requests.flatMap((request) => this.work([request]));
      return [failureOf('invalid', (error as Error).message)];
    }
  }

  /** The connection, on the file that the path names now. */
  #current(): Connection {
    if (this.#connection !== null && this.#connection.inode === inodeOf(this.#file)) return this.#connection;
    return this.#reopen('quick');
  }

  #reopen(check: 'full' | 'quick'): Connection {
    this.close();
    const { views, notice } = openViews(this.#file, this.#shapes, check);
    const { database, inode } = views;
    // `whileBusy` waits instead, and more fairly.
    database.exec('PRAGMA busy_timeout = 0');
    this.#connection = {
      ...views,
      tables: new ViewTables(database, this.#shapes),
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
    };
    if (inode !== this.#lastInode) Atomics.add(this.#generation, 0, 1);
    this.#lastInode = inode;
    if (notice !== null) throw new Replaced(notice);
    return this.#connection;
  }

  /** Makes a new file instead: to delete a million rows would take too long. */
  #startAfresh(): void {
    this.close();
    removeViews(this.#file);
  }

  #examine(inode: bigint, damage: string | null): void {
    this.close();
    const notice = damage === null ? null : setDamagedAside(this.#file, inode, damage);
    this.#reopen('full');
    if (notice !== null) throw new Replaced(notice);
  }

  #failure(error: unknown): Reply {
    if (error instanceof Replaced) return failureOf('damaged', error.message, Atomics.load(this.#generation, 0));
    try {
      const damage = damageIn(error);
      const { inode } = this.#connection ?? {};
      if (inode !== undefined && damage !== null) this.#examine(inode, damage);
      else if (inode !== undefined && isSchemaTrouble(error)) this.#examine(inode, null);
      // A connection may stay unusable after a failed write, except after these two errors.
      else if (!isBusy(error) && !isFull(error)) this.close();
    } catch (later) {
      this.close();
      if (later instanceof Replaced) return this.#failure(later);
    }
    return failureOf('unavailable', whyReplaceableUnusable(error, this.#file));
  }
}

function apply(tables: ViewTables, request: WriterRequest): Reply {
  if (request.op === 'write') return tables.write(request.batch);
  if (request.op === 'repair') return { reply: [tables.repair(request)] };
  if (request.op === 'mark filled') tables.markFilled(request.generation);
  if (request.op === 'note use') tables.noteUse(request.generation);
  return { reply: [] };
}

function isFaultOfARequest(error: unknown): boolean {
  if (isSqliteError(error)) return FAULTS_OF_A_REQUEST.includes(error.errcode & 0xff);
  return error instanceof TypeError || error instanceof RangeError;
}

function failureOf(code: WriterFailure, message: string, detail?: unknown): Reply {
  return { failure: { code, message, detail } };
}
