import type { SQLInputValue } from 'node:sqlite';
import type { Delivery, Lease, Progress } from '../delivery-store.ts';
import { DeliveryReads } from './delivery-reads.ts';
import { toDeliveryRow, toProgressRow } from './rows.ts';

/** The place of a delivery in a list. */
export interface Bound {
  readonly createdAt: string;
  readonly id: string;
}

/** Reads and writes the tables of deliveries. The caller makes the transactions. */
export class DeliveryTables extends DeliveryReads {
  save(endpoint: string, deliveries: readonly Delivery[], progress: Progress | null, keepsAnswers: boolean): void {
    for (const delivery of deliveries) this.#put('deliveries', 'id', toDeliveryRow(delivery, keepsAnswers));
    if (progress !== null) this.#put('progress', 'endpoint', toProgressRow(endpoint, progress));
  }

  end(endpoint: string): void {
    const sql = `UPDATE deliveries SET status = 'ended', due_at = NULL WHERE endpoint = ? AND status = 'waiting'`;
    this.#change(sql, endpoint);
  }

  take({ endpoint, holder, beat }: Lease, seen: Lease | null): boolean {
    const changes =
      seen === null
        ? this.#change('INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT DO NOTHING', endpoint, holder, beat)
        : this.#change(
            'UPDATE leases SET holder = ?, beat = ? WHERE endpoint = ? AND holder = ? AND beat = ?',
            ...[holder, beat, endpoint, seen.holder, seen.beat],
          );
    return changes === 1;
  }

  release(endpoint: string, holder: string): void {
    this.#change('DELETE FROM leases WHERE endpoint = ? AND holder = ?', endpoint, holder);
  }

  /** All endpoints that have deliveries: one look into the index for each. */
  endpoints(): string[] {
    const next = 'SELECT endpoint FROM deliveries WHERE endpoint > ? ORDER BY endpoint LIMIT 1';
    const found: string[] = [];
    for (;;) {
      const [row] = this.all(next, found.at(-1) ?? '');
      if (row === undefined) return found;
      found.push(row.endpoint as string);
    }
  }

  /** Finished deliveries of the endpoint up to here are to be removed: those before the time, and the oldest beyond `mostOfOne`. */
  pruneBound(endpoint: string, before: string, mostOfOne: number): Bound {
    const sql = `SELECT created_at, id FROM deliveries WHERE endpoint = ? AND status <> 'waiting'
      ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ?`;
    const [row] = this.all(sql, endpoint, mostOfOne);
    const tooOld: Bound = { createdAt: before, id: '' };
    if (row === undefined || (row.created_at as string) < before) return tooOld;
    return { createdAt: row.created_at as string, id: row.id as string };
  }

  /** Removes the oldest finished deliveries up to the bound, at most so many. Gives how many. */
  removeFinished(endpoint: string, upTo: Bound, most: number): number {
    const sql = `DELETE FROM deliveries WHERE rowid IN (SELECT rowid FROM deliveries
      WHERE endpoint = ? AND (created_at, id) <= (?, ?) AND status <> 'waiting' ORDER BY created_at, id LIMIT ?)`;
    return this.#change(sql, endpoint, upTo.createdAt, upTo.id, most);
  }

  #put(table: string, key: string, row: Record<string, SQLInputValue>): void {
    const columns = Object.keys(row);
    const sets = columns.map((column) => `${column} = excluded.${column}`);
    const sql = `INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})
      ON CONFLICT (${key}) DO UPDATE SET ${sets}`;
    this.#change(sql, ...Object.values(row));
  }

  #change(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }
}
