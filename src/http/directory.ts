import { LRUCache } from 'lru-cache';
import { LogUnavailable } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import type { ReadModel, Stored } from '../projections/read-model.ts';
import { viewFromLog } from '../projections/view-from-log.ts';
import type { SecretView, UserView } from '../projections/views.ts';
import { within } from '../within.ts';

/** The log is waited for so long, */
const LOG_WITHIN_MS = 500;
/** and once it is away, left alone for so long: requests must not wait for it one by one. */
const LEAVE_LOG_MS = 1_000;

/** A removed user or revoked secret is noticed after this at the latest. */
const FRESH_MS = 400;
const REMEMBERED = 10_000;

/** Who is registered and which secrets are issued, as of less than half a second ago, without a look-up for every request. */
export class Directory {
  readonly #users: LRUCache<string, UserView>;
  readonly #secrets: LRUCache<string, SecretView>;
  readonly #readModel: ReadModel;
  readonly #log: EventLog;
  #leaveLogUntil = 0;

  constructor(readModel: ReadModel, log: EventLog) {
    this.#readModel = readModel;
    this.#log = log;
    const remember = <K extends 'user' | 'secret', V extends object>(kind: K) =>
      new LRUCache<string, V>({
        max: REMEMBERED,
        ttl: FRESH_MS,
        fetchMethod: async (id) => {
          const stored = await this.#look(kind, id);
          // An id that is not there is not remembered: it may be registered the next moment.
          return (stored?.view as V | undefined) ?? undefined;
        },
      });
    this.#users = remember('user');
    this.#secrets = remember('secret');
  }

  /** The user, if registered and not removed. */
  async user(id: string): Promise<UserView | null> {
    const user = this.#users.get(id) ?? (await this.#users.fetch(id));
    return user === undefined || user.removed_at !== null ? null : user;
  }

  /** The secret, if issued and not revoked. */
  async secret(id: string): Promise<SecretView | null> {
    const secret = this.#secrets.get(id) ?? (await this.#secrets.fetch(id));
    return secret === undefined || secret.revoked_at !== null ? null : secret;
  }

  /** The log is asked, since the views may be behind it, and a removal must count at once; the read model where the log is away. */
  async #look<K extends 'user' | 'secret'>(kind: K, id: string): Promise<Stored<K> | null> {
    if (performance.now() >= this.#leaveLogUntil) {
      try {
        return await within(LOG_WITHIN_MS, viewFromLog(this.#log, kind, id), () => new LogUnavailable('it is slow'));
      } catch (error) {
        if (error instanceof LogUnavailable) this.#leaveLogUntil = performance.now() + LEAVE_LOG_MS;
      }
    }
    return this.#readModel.get(kind, id);
  }
}
