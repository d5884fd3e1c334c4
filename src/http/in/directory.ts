import { LRUCache } from 'lru-cache';
import { LogUnavailable } from '../../events/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Stored } from '../../projections/queries.ts';
import type { ReadModel } from '../../projections/read-model.ts';
import { viewFromLog } from '../../projections/view-from-log.ts';
import type { SecretView, UserView } from '../../projections/views.ts';
import { within } from '../../time/within.ts';

/** How long a request waits for the log. While the log is away, it is tried again after this time, and no request waits for it. */
const LOG_WITHIN_MS = 500;

/** A removed user or revoked secret is noticed after this time at the latest. */
const FRESH_MS = 400;
const REMEMBERED = 10_000;

/** The registered users and the issued secrets. An entry is at most half a second old, so not every request needs a look-up. */
export class Directory {
  readonly #users: LRUCache<string, UserView>;
  readonly #secrets: LRUCache<string, SecretView>;
  readonly #readModel: ReadModel;
  readonly #log: EventLog;
  #isLogAway = false;
  #askLogAt = 0;

  constructor(readModel: ReadModel, log: EventLog) {
    this.#readModel = readModel;
    this.#log = log;
    const remember = <K extends 'user' | 'secret', V extends object>(kind: K) =>
      new LRUCache<string, V>({
        max: REMEMBERED,
        ttl: FRESH_MS,
        fetchMethod: async (id) => {
          const stored = await this.#look(kind, id);
          // An unknown id is not remembered: it may be registered the next moment.
          return (stored?.view as V | undefined) ?? undefined;
        },
      });
    this.#users = remember('user');
    this.#secrets = remember('secret');
  }

  /** The user, even if they were removed; null: never registered. */
  async user(id: string): Promise<UserView | null> {
    return this.#users.get(id) ?? (await this.#users.fetch(id)) ?? null;
  }

  /** The secret, even if it was revoked; null: never issued. */
  async secret(id: string): Promise<SecretView | null> {
    return this.#secrets.get(id) ?? (await this.#secrets.fetch(id)) ?? null;
  }

  /**
   * Reads the log, because a removal must count at once and the views may be older. Reads the read model if the log is away.
   * @throws {ReadModelUnavailable | LogUnavailable} if both are away
   */
  async #look<K extends 'user' | 'secret'>(kind: K, id: string): Promise<Stored<K> | null> {
    const isWaitedFor = !this.#isLogAway;
    const inLog = isWaitedFor || performance.now() >= this.#askLogAt ? this.#lookInLog(kind, id) : null;
    inLog?.catch(() => {});
    try {
      if (isWaitedFor) return await inLog;
    } catch {
      // The read model has it, too.
    }
    try {
      return await this.#readModel.get(kind, id);
    } catch (error) {
      if (inLog === null) throw error;
      return inLog;
    }
  }

  async #lookInLog<K extends 'user' | 'secret'>(kind: K, id: string): Promise<Stored<K> | null> {
    this.#askLogAt = performance.now() + LOG_WITHIN_MS;
    try {
      const found = await within(
        LOG_WITHIN_MS,
        viewFromLog(this.#log, kind, id),
        () => new LogUnavailable('it is slow'),
      );
      this.#isLogAway = false;
      return found;
    } catch (error) {
      this.#isLogAway = error instanceof LogUnavailable;
      throw error;
    }
  }
}
