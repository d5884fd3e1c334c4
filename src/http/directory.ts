import { LRUCache } from 'lru-cache';
import type { EventLog } from '../events/event-log.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { viewFromLog } from '../projections/view-from-log.ts';
import type { SecretView, UserView } from '../projections/views.ts';

/** A removed user or revoked secret is noticed after this at the latest. */
const FRESH_MS = 400;
const REMEMBERED = 10_000;

/** Who is registered and which secrets are issued, as of less than half a second ago, without a look-up for every request. */
export class Directory {
  readonly #users: LRUCache<string, UserView>;
  readonly #secrets: LRUCache<string, SecretView>;

  /** The log is asked, since the views may be behind it, and a removal must count at once; the read model where the log is away. */
  constructor(readModel: ReadModel, log: EventLog) {
    const remember = <K extends 'user' | 'secret', V extends object>(kind: K) =>
      new LRUCache<string, V>({
        max: REMEMBERED,
        ttl: FRESH_MS,
        fetchMethod: async (id) => {
          const stored = await viewFromLog(log, kind, id).catch(() => readModel.get(kind, id));
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
}
