import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { toStorable } from '../exact-text.ts';
import type { WriteOutcome } from '../projector-store.ts';
import type { ViewShape } from '../views/declare-view.ts';
import { columnsOf, type Row, type WrittenRow } from './columns.ts';

/** Writes to the table of one kind of views, inside the caller's transaction. */
export class ViewTable {
  readonly #database: DatabaseSync;
  readonly #shape: ViewShape;
  readonly #columns: readonly string[];
  readonly #idAt: number;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #remove: StatementSync;
  /** By the columns that they set. */
  readonly #updates = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, shape: ViewShape) {
    const { name } = shape;
    this.#database = database;
    this.#shape = shape;
    this.#columns = columnsOf(shape);
    this.#idAt = this.#columns.indexOf('id');
    const columns = this.#columns.join(', ');
    const places = this.#columns.map(() => '?').join(', ');
    this.#insert = database.prepare(`INSERT INTO ${name} (${columns}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`);
    this.#select = database.prepare(`SELECT ${columns} FROM ${name} WHERE id = ? AND revision = ?`);
    this.#select.setReturnArrays(true);
    this.#remove = database.prepare(`DELETE FROM ${name} WHERE id = ? AND revision = ?`);
  }

  /** Compares and sets. @param expectedRevision null: there is no view yet */
  write(expectedRevision: number | null, row: WrittenRow): WriteOutcome {
    if (expectedRevision !== null) return this.#update(expectedRevision, row);
    return this.#insert.run(...row).changes === 1 ? 'written' : 'conflict';
  }

  remove(id: string, revision: number | null): WriteOutcome {
    return this.#remove.run(toStorable(id), revision).changes === 1 ? 'written' : 'conflict';
  }

  /** Sets only the columns that change: for each column that is set, SQLite writes all its indexes anew, even if it stays as it is. */
  #update(expectedRevision: number, row: WrittenRow): WriteOutcome {
    const id = row[this.#idAt] as string;
    const before = this.#select.get(id, expectedRevision) as Row | undefined;
    if (before === undefined) return 'conflict';
    const changed = this.#columns.flatMap((_, index) => (row[index] === before[index] ? [] : [index]));
    if (changed.length > 0) this.#updateOf(changed).run(...changed.map((index) => row[index] as string), id);
    return 'written';
  }

  #updateOf(changed: readonly number[]): StatementSync {
    const settings = changed.map((index) => `${this.#columns[index]} = ?`).join(', ');
    let update = this.#updates.get(settings);
    if (update === undefined) {
      update = this.#database.prepare(`UPDATE ${this.#shape.name} SET ${settings} WHERE id = ?`);
      this.#updates.set(settings, update);
    }
    return update;
  }
}
