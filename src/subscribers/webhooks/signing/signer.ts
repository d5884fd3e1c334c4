import { LRUCache } from 'lru-cache';
import type { WebhookView } from '../../../projections/views.ts';
import type { Keys } from '../../../tokens/keys.ts';
import { EndpointKeys } from './endpoint-keys.ts';

/** How long the secret before signs, too, after a rotation. */
export const OVERLAP_MS = 86_400_000;

/** The keys of so many endpoints are kept. */
const REMEMBERED = 2_000;

/** What the signatures of an endpoint depend on. */
export type SignedEndpoint = Pick<WebhookView, 'id' | 'generation' | 'overlap_until' | 'v1a' | 'key' | 'key_before'>;

/** A message to sign. */
export interface Message {
  /** The receiver drops a message whose id it has seen. */
  readonly id: string;
  /** When it is sent, in seconds since 1970. */
  readonly timestampSeconds: number;
  readonly body: string;
}

/** A public key of an endpoint, and until when it signs; null: until the next rotation. */
export interface PublicKey {
  readonly key: string;
  readonly until: string | null;
}

/** Signs what is sent to endpoints. Source: Standard Webhooks 1.0.0. */
export class Signer {
  readonly #keys: Keys;
  readonly #ofEndpoints = new LRUCache<string, EndpointKeys>({ max: REMEMBERED });

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** The fingerprint of the key from which new secrets are derived. */
  get newestKey(): string {
    return this.#keys.newest.fingerprint;
  }

  /** The headers of a message. While a rotation overlaps, the secret before signs, too. @throws {KeyMissing} */
  headers(endpoint: SignedEndpoint, { id, timestampSeconds, body }: Message, nowMs: number) {
    const content = `${id}.${timestampSeconds}.${body}`;
    const signatures = this.#signing(endpoint, nowMs).flatMap(({ keys }) =>
      endpoint.v1a === 'yes' ? [keys.v1(content), keys.v1a(content)] : [keys.v1(content)],
    );
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': signatures.join(' '),
    };
  }

  /** Whether the key of the present secret is configured. */
  canSign({ key }: Pick<SignedEndpoint, 'key'>): boolean {
    return this.#keys.has(key);
  }

  /** The present secret. @throws {KeyMissing} */
  secret({ id, generation, key }: Pick<SignedEndpoint, 'id' | 'generation' | 'key'>): string {
    return this.#of(id, Number(generation), key).secret;
  }

  /** The keys that `v1a` signatures are verified with, the present one first; empty if the endpoint has none, or if its key is not configured. */
  publicKeys(endpoint: SignedEndpoint, nowMs: number): PublicKey[] {
    if (endpoint.v1a === 'no' || !this.canSign(endpoint)) return [];
    return this.#signing(endpoint, nowMs).map(({ keys, until }) => ({ key: keys.publicKey, until }));
  }

  #signing({ id, generation, overlap_until, key, key_before }: SignedEndpoint, nowMs: number) {
    const present = { keys: this.#of(id, Number(generation), key), until: null };
    const isOver = overlap_until === null || Date.parse(overlap_until) <= nowMs;
    if (isOver || !this.#keys.has(key_before)) return [present];
    return [present, { keys: this.#of(id, Number(generation) - 1, key_before), until: overlap_until }];
  }

  #of(endpoint: string, generation: number, key: string | null): EndpointKeys {
    const name = `${endpoint} ${generation}`;
    const known = this.#ofEndpoints.get(name);
    if (known !== undefined) return known;
    const keys = new EndpointKeys(this.#keys.of(key), endpoint, generation);
    this.#ofEndpoints.set(name, keys);
    return keys;
  }
}
