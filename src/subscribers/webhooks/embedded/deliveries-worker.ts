import { dirname } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { Room } from '../../../room.ts';
import type { Outcome } from '../../../sqlite/batched-worker.ts';
import { whileBusy } from '../../../sqlite/busy.ts';
import { isBusy, isFull } from '../../../sqlite/errors.ts';
import { BUSY_TIMEOUT_MS, damageIn, inodeOf, whyReplaceableUnusable } from '../../../sqlite/replaceable-file.ts';
import { type OpenDeliveries, openDeliveries, setDamagedAside } from './deliveries-file.ts';
import { DeliveryTables } from './delivery-tables.ts';
import { type DeliveriesData, type DeliveriesRequest, isWrite, type Reply } from './requests.ts';

/** If room is short, so many finished deliveries of each endpoint are kept; so many are removed and so many pages freed at once. */
const KEPT_OF_ONE = 1_000;
const REMOVED_AT_ONCE = 5_000;
const FREED_PAGES = 5_000;

interface Connection extends OpenDeliveries {
  readonly tables: DeliveryTables;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
}

/** Reads and writes the file of the deliveries, on its own thread: each batch of requests in one transaction. */
export class DeliveriesWorker {
  readonly #file: string;
  readonly #room: Room;
  #connection: Connection | null = null;
  #isChecked = false;
  #notices: string[] = [];

  constructor({ file, floorBytes }: DeliveriesData) {
    this.#file = file;
    this.#room = new Room(dirname(file), floorBytes);
  }

  /** Returns one outcome for each request, in order. It never throws: an error becomes the failure of each request. */
  work(requests: readonly DeliveriesRequest[]): Outcome<Reply>[] {
    try {
      const connection = this.#current();
      const values = this.#transact(connection, requests);
      const { id } = connection;
      return values.map((value) => ({ reply: { value, id, notices: this.#notices.splice(0) } }));
    } catch (error) {
      // One request's fault must not fail the others, so each runs separately.
      if (requests.length > 1 && isFaultOfARequest(error)) return requests.flatMap((request) => this.work([request]));
      const message = this.#failed(error);
      return requests.map(() => ({ failure: { code: 'unavailable', message, detail: this.#notices.splice(0) } }));
    }
  }

  /** Looks at the disk now and then. If room is short, old finished deliveries make some. */
  watchRoom(): void {
    try {
      const wasLow = this.#room.isLow;
      if (!this.#room.look()) return;
      if (this.#room.isLow !== wasLow) this.#notices.push(this.#noticeOfRoom());
      if (this.#room.isLow) this.#makeRoom();
    } catch (error) {
      this.#failed(error);
    }
  }

  close(): void {
    this.#connection?.database.close();
    this.#connection = null;
  }

  #transact(connection: Connection, requests: readonly DeliveriesRequest[]): unknown[] {
    const { database, begin, commit } = connection;
    const run = () => requests.map((request) => this.#run(connection, request));
    if (!requests.some(isWrite)) return whileBusy(run, BUSY_TIMEOUT_MS);
    whileBusy(() => begin.run(), BUSY_TIMEOUT_MS);
    try {
      const values = run();
      commit.run();
      return values;
    } finally {
      // After some errors SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  #run({ tables }: Connection, { op, args }: DeliveriesRequest): unknown {
    if (op === 'look') return undefined;
    if (op === 'save') return tables.save(...args, !this.#room.isLow);
    return (tables[op] as (...args: unknown[]) => unknown)(...args);
  }

  /** The connection, on the file that the path names now. */
  #current(): Connection {
    if (this.#connection !== null && this.#connection.inode === inodeOf(this.#file)) return this.#connection;
    this.close();
    // Before anything is sent, a check may take long.
    const opened = openDeliveries(this.#file, !this.#isChecked);
    this.#isChecked = true;
    const { database, notice } = opened;
    if (notice !== null) this.#notices.push(notice);
    // `whileBusy` waits instead, and more fairly.
    database.exec('PRAGMA busy_timeout = 0');
    this.#connection = {
      ...opened,
      tables: new DeliveryTables(database),
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
    };
    return this.#connection;
  }

  #makeRoom(): void {
    const connection = this.#current();
    const { tables, database } = connection;
    let left = REMOVED_AT_ONCE;
    for (const endpoint of tables.endpoints()) {
      const upTo = tables.pruneBound(endpoint, '', KEPT_OF_ONE);
      const request: DeliveriesRequest = { op: 'removeFinished', args: [endpoint, upTo, left] };
      left -= Number(this.#transact(connection, [request])[0]);
      if (left === 0) break;
    }
    whileBusy(() => database.exec(`PRAGMA incremental_vacuum(${FREED_PAGES})`), BUSY_TIMEOUT_MS);
  }

  #noticeOfRoom(): string {
    const folder = dirname(this.#file);
    return this.#room.isLow
      ? `Little room is left in ${folder}: make room there. Webhooks are sent, but the answers of their receivers are not kept, and only the ` +
          `newest ${KEPT_OF_ONE} finished deliveries of each`
      : `There is room in ${folder} again: the answers of receivers are kept`;
  }

  /** Puts the connection right, and says why it failed. */
  #failed(error: unknown): string {
    const inode = this.#connection?.inode;
    // A connection may stay unusable after a failed write, except after these two errors.
    if (!isBusy(error) && !isFull(error)) this.close();
    try {
      const damage = damageIn(error);
      const notice = inode === undefined || damage === null ? null : setDamagedAside(this.#file, inode, damage);
      if (notice !== null) this.#notices.push(notice);
    } catch {
      // The next request finds the damage again.
    }
    return whyReplaceableUnusable(error, this.#file);
  }
}

/** Whether a value cannot be bound to a statement. */
function isFaultOfARequest(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
