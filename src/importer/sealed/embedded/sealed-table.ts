import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** No id goes on with this character. */
const AFTER_ALL = '\u{10FFFF}';

/** Reads and writes the table of sealed credentials. The caller makes the transactions; each call blocks its thread. */
export class SealedTable {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #replace: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeExpired: StatementSync;
  readonly #ids: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(`INSERT INTO sealed (id, expires_at, sealed) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, sealed = excluded.sealed`);
    this.#get = database.prepare('SELECT sealed FROM sealed WHERE id = ?');
    this.#replace = database.prepare('UPDATE sealed SET sealed = ? WHERE id = ? AND sealed = ?');
    this.#remove = database.prepare('DELETE FROM sealed WHERE id = ?');
    this.#removeExpired = database.prepare(`DELETE FROM sealed WHERE rowid IN (
      SELECT rowid FROM sealed WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`);
    this.#ids = database.prepare('SELECT id FROM sealed WHERE id >= ? AND id > ? AND id < ? ORDER BY id LIMIT ?');
  }

  put(id: string, sealed: Uint8Array, expiresAt: string | null): void {
    this.#put.run(id, expiresAt, sealed);
  }

  get(id: string): Uint8Array | null {
    return (this.#get.get(id)?.sealed as Uint8Array | undefined) ?? null;
  }

  /** Whether the id had `before`. */
  replace(id: string, before: Uint8Array, sealed: Uint8Array): boolean {
    return this.#replace.run(sealed, id, before).changes > 0;
  }

  remove(id: string): void {
    this.#remove.run(id);
  }

  /** Removes what has expired, at most so many. Gives how many. */
  removeExpired(now: string, most: number): number {
    return Number(this.#removeExpired.run(now, most).changes);
  }

  ids(beginning: string, after: string, limit: number): string[] {
    return this.#ids.all(beginning, after, beginning + AFTER_ALL, limit).map(({ id }) => id as string);
  }
}
