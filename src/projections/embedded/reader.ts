import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { inodeOf } from '../../sqlite/replaceable-file.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import { PageBounds } from '../page-bounds.ts';
import type { Checkpoint, QuarantinedEvent } from '../projector-store.ts';
import type { ListedKind, ListPage, ListQuery, Owner, Stored } from '../queries.ts';
import type { ViewShape, ViewShapes } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';
import { CHECKPOINT, checkpointFrom, columnsOf, fromRow, type Row } from './columns.ts';
import { listStatement } from './list-statement.ts';
import { QueueReader } from './queue-reader.ts';

/** Short, because a reader waits on the caller's thread, where it blocks everything. In WAL mode it hardly ever waits. */
export const BUSY_TIMEOUT_MS = 250;

/** Reads views on the caller's thread. Each call sees everything that was committed before it. */
export class ViewsReader {
  readonly queue = new QueueReader((sql) => this.#prepare(sql));
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #shapes: ViewShapes;
  readonly #byId = new Map<string, StatementSync>();

  /** @throws SQLite's error if the tables are missing */
  constructor(database: DatabaseSync, shapes: ViewShapes) {
    this.#database = database;
    this.#shapes = shapes;
    this.#database.exec('PRAGMA cache_size = -1024; PRAGMA mmap_size = 0');
    for (const kind in shapes) {
      const sql = `${this.#select(kind)} WHERE id = ?1 AND organization_id = ifnull(?2, organization_id)`;
      this.#byId.set(kind, this.#prepare(sql));
    }
  }

  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Stored<K> | null {
    const organization = organizationId === undefined ? null : toStorable(organizationId);
    const row = this.#byId.get(kind)?.get(toStorable(id), organization) as Row | undefined;
    return row === undefined ? null : this.#stored(kind, row);
  }

  ownerOf(kind: ViewKind, id: string): Owner | null {
    const sql = `SELECT organization_id, revision FROM ${this.#shape(kind).name} WHERE id = ?`;
    const row = this.#prepare(sql).get(toStorable(id)) as Row | undefined;
    return row === undefined ? null : { organizationId: fromStorable(row[0]), revision: row[1] as number };
  }

  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Stored<K>[] {
    const columns = JSON.stringify(ids.map((id) => toStorable(id)));
    return this.#all(kind, `${this.#select(kind)} WHERE id IN (SELECT value FROM json_each(?))`, columns);
  }

  list<K extends ListedKind>(kind: K, query: ListQuery<K>): ListPage<K> {
    const shape = this.#shape(kind);
    const { sql, parameters } = listStatement(shape, query);
    const bounds = new PageBounds(query);
    const sizedBy = columnsOf(shape).indexOf(shape.list?.sizedBy ?? '');
    const items: Stored<K>[] = [];
    // Row by row, so that rows after the page are not read.
    for (const row of this.#prepare(sql).iterate(...parameters) as unknown as Iterable<Row>) {
      if (!bounds.takes(fromStorable(row[sizedBy]).length)) return { items, isLast: false };
      items.push(this.#stored(kind, row));
    }
    return { items, isLast: true };
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Stored<K>[] {
    if (after === null) return this.#all(kind, `${this.#select(kind)} ORDER BY id LIMIT ?`, limit);
    return this.#all(kind, `${this.#select(kind)} WHERE id > ? ORDER BY id LIMIT ?`, toStorable(after), limit);
  }

  checkpoint(): Checkpoint | null {
    const row = this.#prepare(CHECKPOINT, true).get() as Row | undefined;
    return row === undefined ? null : checkpointFrom(row).checkpoint;
  }

  quarantined(limit: number | undefined, after: QuarantinedEvent | undefined): QuarantinedEvent[] {
    const sql = `SELECT stream, revision, position, event_id, type, reason FROM quarantine
      WHERE (position, stream, revision) > (?, ?, ?) ORDER BY position, stream, revision LIMIT ?`;
    const { position, stream, revision } = after ?? { position: -1n, stream: '', revision: 0 };
    // -1 is SQLite's "no limit".
    const rows = this.#prepare(sql, true).all(position, toStorable(stream), revision, limit ?? -1);
    return (rows as unknown as Row[]).map((row) => ({
      stream: fromStorable(row[0]),
      revision: Number(row[1]),
      position: row[2] as bigint,
      eventId: fromStorable(row[3]),
      type: fromStorable(row[4]),
      reason: fromStorable(row[5]),
    }));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #shape(kind: string): ViewShape {
    const shape = this.#shapes[kind];
    if (shape === undefined) throw new TypeError(`no view is called ${kind}`);
    return shape;
  }

  #stored<K extends ViewKind>(kind: K, row: Row): Stored<K> {
    return fromRow(this.#shape(kind), row) as Stored<K>;
  }

  #select(kind: string): string {
    const shape = this.#shape(kind);
    return `SELECT ${columnsOf(shape).join(', ')} FROM ${shape.name}`;
  }

  #all<K extends ViewKind>(kind: K, sql: string, ...parameters: (string | number)[]): Stored<K>[] {
    const rows = this.#prepare(sql).all(...parameters) as unknown as Row[];
    return rows.map((row) => this.#stored(kind, row));
  }

  #prepare(sql: string, bigInts = false): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(bigInts);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Reads the views of one file, and knows whether the path still names it. */
export class ViewsFileReader extends ViewsReader {
  readonly inode: bigint;
  /** The writing thread's generation when this was opened. */
  readonly generation: number;
  readonly #file: string;

  /** @throws SQLite's error if the file cannot be opened, or an Error if it was just replaced */
  constructor(file: string, generation: number, shapes: ViewShapes) {
    const before = inodeOf(file);
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      super(database, shapes);
      this.#file = file;
      this.generation = generation;
      if (before === null || this.isMoved(before)) throw new Error('the file was replaced while it was being opened');
      this.inode = before;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Whether the path now names another file, or none. */
  isMoved(inode: bigint = this.inode): boolean {
    return inodeOf(this.#file) !== inode;
  }
}
