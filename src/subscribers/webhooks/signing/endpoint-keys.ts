import { createHmac, createPrivateKey, createPublicKey, createSecretKey, type KeyObject, sign } from 'node:crypto';
import type { Key } from '../../../tokens/key.ts';

/** What stands before the 32 bytes of an ed25519 key in PKCS #8 (RFC 8410, 7). */
const ED25519_PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');

const PUBLIC_KEY_BYTES = 32;

/**
 * The keys of one endpoint and generation. They are derived from one of the service's own keys, and stored nowhere (decision 0039). Never change the
 * purposes: every subscriber would need a new secret.
 */
export class EndpointKeys {
  /** The secret as its subscriber gets it. Source: Standard Webhooks 1.0.0. */
  readonly secret: string;
  readonly #hmac: KeyObject;
  readonly #seed: () => Buffer;
  #ed25519: { readonly key: KeyObject; readonly publicKey: string } | null = null;

  constructor(key: Key, endpoint: string, generation: number) {
    const secret = key.derived(`webhook ${endpoint} ${generation}`);
    this.secret = `whsec_${secret.toString('base64')}`;
    this.#hmac = createSecretKey(secret);
    this.#seed = () => key.derived(`webhook v1a ${endpoint} ${generation}`);
  }

  /** The public half of the key for `v1a`: `whpk_` and base64. */
  get publicKey(): string {
    return this.#signing.publicKey;
  }

  v1(content: string): string {
    return `v1,${createHmac('sha256', this.#hmac).update(content).digest('base64')}`;
  }

  v1a(content: string): string {
    return `v1a,${sign(null, Buffer.from(content), this.#signing.key).toString('base64')}`;
  }

  /** Most endpoints never need it. */
  get #signing(): { readonly key: KeyObject; readonly publicKey: string } {
    if (this.#ed25519 === null) {
      const der = Buffer.concat([ED25519_PRIVATE, this.#seed()]);
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
      this.#ed25519 = { key, publicKey: `whpk_${spki.subarray(-PUBLIC_KEY_BYTES).toString('base64')}` };
    }
    return this.#ed25519;
  }
}
