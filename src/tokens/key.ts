import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** 16 hex digits. */
const FINGERPRINT_BYTES = 8;

/**
 * One key of the service. It signs the users' session tokens; each secret of an organization, and all else that is secret, is derived from
 * it, and is stored nowhere.
 */
export class Key {
  /** 16 hex digits, which tell keys apart, and tell nothing of them. */
  readonly fingerprint: string;
  /** Signs and verifies session tokens. */
  readonly session: KeyObject;
  readonly #master: string;

  /** @param master at least 32 bytes */
  constructor(master: string) {
    this.#master = master;
    this.session = createSecretKey(Buffer.from(master));
    // This purpose, since what was sealed by older releases has it.
    this.fingerprint = this.derived('fingerprint of the key').toString('hex', 0, FINGERPRINT_BYTES);
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
