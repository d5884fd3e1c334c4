import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { DeliveriesQuery, Delivery, Lease, Progress } from '../delivery-store.ts';
import { type Row, toDelivery, toLease, toProgress } from './rows.ts';

/** Reads the tables of deliveries. Each call blocks its thread. */
export class DeliveryReads {
  protected readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  progress(endpoint: string): Progress | null {
    const [row] = this.all('SELECT * FROM progress WHERE endpoint = ?', endpoint);
    return row === undefined ? null : toProgress(row);
  }

  waiting(endpoint: string): Delivery[] {
    const sql = `SELECT * FROM deliveries WHERE endpoint = ? AND status = 'waiting' ORDER BY position, created_at, id`;
    return this.all(sql, endpoint).map(toDelivery);
  }

  withIds(endpoint: string, ids: readonly string[]): Delivery[] {
    const sql = 'SELECT * FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) AND endpoint = ?';
    return this.all(sql, JSON.stringify(ids), endpoint).map(toDelivery);
  }

  list({ endpoint, status, since, before, limit }: DeliveriesQuery): Delivery[] {
    const conditions = ['endpoint = ?'];
    const values: SQLInputValue[] = [endpoint];
    const where = (condition: string, ...its: SQLInputValue[]) => {
      conditions.push(condition);
      values.push(...its);
    };
    if (status !== undefined) where('status = ?', status);
    if (since !== undefined) where('created_at >= ?', since);
    if (before !== undefined) where('(created_at, id) < (?, ?)', before.createdAt, before.id);
    const sql = `SELECT * FROM deliveries WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`;
    return this.all(sql, ...values, limit).map(toDelivery);
  }

  leases(): Lease[] {
    return this.all('SELECT * FROM leases').map(toLease);
  }

  /** Integers are read as bigint. */
  protected all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.prepare(sql).all(...values);
  }

  protected prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
