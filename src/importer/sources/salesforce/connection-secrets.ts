import type { Keys } from '../../../tokens/keys.ts';
import type { SealedStore } from '../../sealed/sealed-store.ts';
import { opened, sealed } from '../../sealed/sealing.ts';

/** The secrets of connections that log in with one, sealed. Each call rejects with `SealedUnavailable` if the store cannot be used. */
export class ConnectionSecrets {
  readonly #store: Pick<SealedStore, 'put' | 'get' | 'remove'>;
  readonly #keys: Keys;

  constructor(store: Pick<SealedStore, 'put' | 'get' | 'remove'>, keys: Keys) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Keeps a secret durably, instead of the one before. */
  async keep(organizationId: string, secret: string): Promise<void> {
    const id = idOfConnectionSecret(organizationId);
    await this.#store.put(id, sealed(this.#keys, id, Buffer.from(secret)), null);
  }

  /** Null: it is not here. @throws {CannotOpen} */
  async of(organizationId: string): Promise<string | null> {
    const id = idOfConnectionSecret(organizationId);
    const kept = await this.#store.get(id);
    return kept && opened(this.#keys, id, kept).toString();
  }
}

/** The id of what is sealed. */
export function idOfConnectionSecret(organizationId: string): string {
  return `connection ${organizationId}`;
}
