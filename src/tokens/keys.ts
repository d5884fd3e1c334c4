import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/**
 * The keys that sign tokens. The service's own key signs the users' session tokens. Each secret of an organization is derived
 * from it and from the secret's id, and is stored nowhere.
 */
export class Keys {
  /** Signs and verifies session tokens. */
  readonly session: KeyObject;
  readonly #master: string;

  /** @param master `JWT_SECRET`, at least 32 bytes */
  constructor(master: string) {
    this.#master = master;
    this.session = createSecretKey(Buffer.from(master));
  }

  /** The secret with this id, as the organization got it: 43 characters of base64url. */
  secret(secretId: string): string {
    return this.derived(`secret ${secretId.toLowerCase()}`).toString('base64url');
  }

  /** 32 bytes for one purpose, for ever the same. They tell nothing of the master or of those for another purpose. */
  derived(purpose: string): Buffer {
    return createHmac('sha256', this.#master).update(`import-api ${purpose}`).digest();
  }

  /** The key for tokens that are signed with this secret: the bytes of its text. */
  ofSecret(secretId: string): KeyObject {
    return createSecretKey(Buffer.from(this.secret(secretId)));
  }
}
