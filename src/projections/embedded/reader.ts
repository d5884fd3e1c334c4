import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fromStorable, toStorable } from '../exact-text.ts';
import { ImportPageBounds } from '../import-page.ts';
import type { Checkpoint, ImportPage, ImportQuery, Owner, QuarantinedEvent, Stored } from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { checkpointFrom, fromRow, type Row, selected, tables } from './columns.ts';
import { importList } from './import-list.ts';
import { databaseOf } from './version-files.ts';
import { inodeOf } from './views-file.ts';

/** A reader waits on the caller's thread, where a long wait would hold up everything; in WAL mode it hardly ever has to. */
export const BUSY_TIMEOUT_MS = 250;

/** Reads views at once, on the caller's thread; each call sees all that was committed before it. */
export class ViewsReader {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #byId: { readonly [K in ViewKind]: StatementSync };

  /** @throws SQLite's error where the tables are not there */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#database.exec('PRAGMA cache_size = -1024; PRAGMA mmap_size = 0');
    const byId = (kind: ViewKind) =>
      this.#prepare(`${select(kind)} WHERE id = ?1 AND organization_id = ifnull(?2, organization_id)`);
    this.#byId = { import: byId('import'), user: byId('user'), secret: byId('secret') };
  }

  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Stored<K> | null {
    const organization = organizationId === undefined ? null : toStorable(organizationId);
    const row = this.#byId[kind].get(toStorable(id), organization) as Row | undefined;
    return row === undefined ? null : fromRow(kind, row);
  }

  ownerOf(kind: ViewKind, id: string): Owner | null {
    const sql = `SELECT organization_id, revision FROM ${tables[kind].name} WHERE id = ?`;
    const row = this.#prepare(sql).get(toStorable(id)) as Row | undefined;
    return row === undefined ? null : { organizationId: fromStorable(row[0]), revision: row[1] as number };
  }

  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Stored<K>[] {
    const columns = JSON.stringify(ids.map((id) => toStorable(id)));
    return this.#all(kind, `${select(kind)} WHERE id IN (SELECT value FROM json_each(?))`, columns);
  }

  listImports(query: ImportQuery): ImportPage {
    const { sql, parameters } = importList(query);
    const bounds = new ImportPageBounds(query);
    const imports: Stored<'import'>[] = [];
    // Row by row, so that what goes on no page is not read.
    for (const row of this.#prepare(sql).iterate(...parameters)) {
      const stored = fromRow('import', row as unknown as Row);
      if (!bounds.takes(stored.view.params.length)) return { imports, isLast: false };
      imports.push(stored);
    }
    return { imports, isLast: true };
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Stored<K>[] {
    if (after === null) return this.#all(kind, `${select(kind)} ORDER BY id LIMIT ?`, limit);
    return this.#all(kind, `${select(kind)} WHERE id > ? ORDER BY id LIMIT ?`, toStorable(after), limit);
  }

  checkpoint(): Checkpoint | null {
    const row = this.#prepare('SELECT log, position, generation FROM checkpoint', true).get() as Row | undefined;
    return row === undefined ? null : checkpointFrom(row);
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

  #all<K extends ViewKind>(kind: K, sql: string, ...parameters: (string | number)[]): Stored<K>[] {
    const rows = this.#prepare(sql).all(...parameters) as unknown as Row[];
    return rows.map((row) => fromRow(kind, row));
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

/** The same of views.db, as long as it is the file that the path names. */
export class ViewsFileReader extends ViewsReader {
  readonly inode: bigint;
  /** The writing thread's generation when this was opened. */
  readonly generation: number;
  readonly #file: string;

  /** @throws SQLite's error where the file cannot be opened, or an Error where it was just replaced */
  constructor(file: string, generation: number) {
    const before = inodeOf(file);
    const database = new DatabaseSync(databaseOf(file), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      super(database);
      this.#file = file;
      this.generation = generation;
      if (before === null || this.isMoved(before)) throw new Error('the file was replaced while it was being opened');
      this.inode = before;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Whether the path names another file by now, or none. */
  isMoved(inode: bigint = this.inode): boolean {
    return inodeOf(this.#file) !== inode;
  }
}

function select(kind: ViewKind): string {
  return `SELECT ${selected(kind)} FROM ${tables[kind].name}`;
}
