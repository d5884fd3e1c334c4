import { LRUCache } from 'lru-cache';
import type { WebhookView } from '../../../projections/views.ts';
import type { Keys } from '../../../tokens/keys.ts';
import { EndpointKeys } from './endpoint-keys.ts';

/** How long the secret before signs, too, after a rotation. */
export const OVERLAP_MS = 86_400_000;

/** The keys of so many endpoints are kept. */
const REMEMBERED = 2_000;

/** What the signatures of an endpoint depend on. */
export type SignedEndpoint = Pick<WebhookView, 'id' | 'generation' | 'overlap_until' | 'v1a'>;

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

  /** The headers of a message. While a rotation overlaps, the secret before signs, too. */
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

  /** The present secret. */
  secret({ id, generation }: Pick<SignedEndpoint, 'id' | 'generation'>): string {
    return this.#of(id, Number(generation)).secret;
  }

  /** The keys that `v1a` signatures are verified with, the present one first; empty if the endpoint has none. */
  publicKeys(endpoint: SignedEndpoint, nowMs: number): PublicKey[] {
    if (endpoint.v1a === 'no') return [];
    return this.#signing(endpoint, nowMs).map(({ keys, until }) => ({ key: keys.publicKey, until }));
  }

  #signing({ id, generation, overlap_until }: SignedEndpoint, nowMs: number) {
    const present = { keys: this.#of(id, Number(generation)), until: null };
    if (overlap_until === null || Date.parse(overlap_until) <= nowMs) return [present];
    return [present, { keys: this.#of(id, Number(generation) - 1), until: overlap_until }];
  }

  #of(endpoint: string, generation: number): EndpointKeys {
    const name = `${endpoint} ${generation}`;
    const known = this.#ofEndpoints.get(name);
    if (known !== undefined) return known;
    const keys = new EndpointKeys(this.#keys, endpoint, generation);
    this.#ofEndpoints.set(name, keys);
    return keys;
  }
}
