import { dirname } from 'node:path';
import { Room } from '../../../machine/room.ts';
import type { Outcome } from '../../../sqlite/batched-worker.ts';
import { whileBusy } from '../../../sqlite/busy.ts';
import { takeDatabase } from '../../../sqlite/owner.ts';
import { BUSY_TIMEOUT_MS } from '../../../sqlite/replaceable-file.ts';
import { ReplaceableWorker } from '../../../sqlite/replaceable-worker.ts';
import { DELIVERIES } from './deliveries-file.ts';
import { DeliveryTables } from './delivery-tables.ts';
import { type DeliveriesData, type DeliveriesRequest, isWrite, type Reply } from './requests.ts';

/** If room is short, so many finished deliveries of each endpoint are kept; so many are removed and so many pages freed at once. */
const KEPT_OF_ONE = 1_000;
const REMOVED_AT_ONCE = 5_000;
const FREED_PAGES = 5_000;

/** Reads and writes the file of the deliveries, on its own thread. */
export class DeliveriesWorker {
  readonly #folder: string;
  readonly #room: Room;
  readonly #worker: ReplaceableWorker<DeliveriesRequest, DeliveryTables, unknown>;

  constructor({ file, log, floorBytes }: DeliveriesData) {
    this.#folder = dirname(file);
    this.#room = new Room(this.#folder, floorBytes);
    this.#worker = new ReplaceableWorker({
      file,
      kind: DELIVERIES,
      prepare(database) {
        if (log !== null) takeDatabase(database, log);
        return new DeliveryTables(database);
      },
      isWrite,
      run: (tables, request) => this.#run(tables, request),
    });
  }

  /** Returns one outcome for each request, in order. It never throws. */
  work(requests: readonly DeliveriesRequest[]): Outcome<Reply>[] {
    return this.#worker.work(requests);
  }

  /** Looks at the disk now and then. If room is short, old finished deliveries make some. */
  watchRoom(): void {
    this.#worker.attempt(() => {
      const wasLow = this.#room.isLow;
      if (!this.#room.look()) return;
      if (this.#room.isLow !== wasLow) this.#worker.notice(this.#noticeOfRoom());
      if (this.#room.isLow) this.#makeRoom();
    });
  }

  close(): void {
    this.#worker.close();
  }

  #run(tables: DeliveryTables, { op, args }: DeliveriesRequest): unknown {
    if (op === 'look') return undefined;
    if (op === 'save') return tables.save(...args, !this.#room.isLow);
    return (tables[op] as (...args: unknown[]) => unknown)(...args);
  }

  #makeRoom(): void {
    const { tables, database } = this.#worker.current();
    let left = REMOVED_AT_ONCE;
    for (const endpoint of tables.endpoints()) {
      const upTo = tables.pruneBound(endpoint, '', KEPT_OF_ONE);
      const [removed] = this.#worker.transact([{ op: 'removeFinished', args: [endpoint, upTo, left] }]);
      left -= Number(removed);
      if (left === 0) break;
    }
    whileBusy(() => database.exec(`PRAGMA incremental_vacuum(${FREED_PAGES})`), BUSY_TIMEOUT_MS);
  }

  #noticeOfRoom(): string {
    return this.#room.isLow
      ? `Little room is left in ${this.#folder}: make room there. Webhooks are sent, but the answers of their receivers are not kept, and only the ` +
          `newest ${KEPT_OF_ONE} finished deliveries of each`
      : `There is room in ${this.#folder} again: the answers of receivers are kept`;
  }
}
