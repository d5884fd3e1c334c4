import { IMPORT_LIFETIME_MS } from '../../events/import-events.ts';
import { parseJson } from '../../events/json.ts';
import type { Taken } from '../../redaction/redact.ts';
import type { Keys } from '../../tokens/keys.ts';
import { ImportFailure } from '../import-failure.ts';
import type { SealedStore } from './sealed-store.ts';
import { CannotOpen, opened, sealed } from './sealing.ts';

const BEGINNING = 'import ';

/**
 * The credentials that were taken out of requests, sealed in a store: from before an import is recorded until it has ended, and for 72 hours
 * at most. Each call rejects with `SealedUnavailable` if the store cannot be used.
 */
export class Credentials {
  readonly #store: SealedStore;
  readonly #keys: Keys;
  readonly #nowMs: () => number;

  /** @param nowMs the time in milliseconds since 1970 */
  constructor(store: SealedStore, keys: Keys, nowMs = Date.now) {
    this.#store = store;
    this.#keys = keys;
    this.#nowMs = nowMs;
  }

  /** Keeps them durably, instead of those that the import had before. */
  async keep(importId: string, taken: readonly Taken[]): Promise<void> {
    const id = BEGINNING + importId;
    const content = Buffer.from(JSON.stringify(taken));
    await this.#store.put(id, sealed(this.#keys, id, content), new Date(this.#nowMs() + IMPORT_LIFETIME_MS));
  }

  /** Null: there are none. @throws {ImportFailure} `credentials_gone`: they cannot be opened */
  async of(importId: string): Promise<readonly Taken[] | null> {
    const id = BEGINNING + importId;
    const kept = await this.#store.get(id);
    if (kept === null) return null;
    try {
      return parseJson(opened(this.#keys, id, kept).toString()) as Taken[];
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
      const message = `The credentials that were sent with the request are kept sealed, and cannot be opened. ${error.message}`;
      throw new ImportFailure('credentials_gone', message, { cause: error });
    }
  }

  /** Whether there are some, which may not be possible to open. */
  async areThere(importId: string): Promise<boolean> {
    return (await this.#store.get(BEGINNING + importId)) !== null;
  }

  /** No error if there are none. */
  async forget(importId: string): Promise<void> {
    await this.#store.remove(BEGINNING + importId);
  }

  /** Removes what has expired; gives how many there were. */
  removeExpired(): Promise<number> {
    return this.#store.removeExpired(new Date(this.#nowMs()));
  }

  /** The first `limit` imports after `after` (null: from the first), ascending by id, whose credentials the store has. */
  async ownImports(after: string | null, limit: number): Promise<string[]> {
    const ids = await this.#store.ids(BEGINNING, after && BEGINNING + after, limit);
    return ids.map((id) => id.slice(BEGINNING.length));
  }
}
