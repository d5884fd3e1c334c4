import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import { type ClaimTimes, timesOf } from './claim-times.ts';
import { type Claims, type JsonWebToken, readJsonWebToken, type Unreadable } from './json-web-token.ts';
import type { Keys } from './keys.ts';
import { renewalOf } from './mint.ts';

/** The limit of remembered tokens, in characters: some thousands of tokens. */
const REMEMBERED_CHARACTERS = 2_000_000;

/** The keys of so many secrets are remembered, once a valid token was signed with them. */
const REMEMBERED_SECRETS = 10_000;

/** The bearer that a token names: a user or a secret, by its id. */
export interface Bearer {
  readonly kind: 'user' | 'secret';
  readonly id: string;
}

/** A token with a valid signature. Whether its user or secret may still act is checked elsewhere. */
export interface VerifiedToken {
  readonly bearer: Bearer;
  readonly claims: Claims;
  readonly times: ClaimTimes;
  /** The fingerprint of the key that it hangs on. */
  readonly key: string;
  /** The same token, renewed in this second. */
  renewedAt(nowSeconds: number): string;
}

/** Why a token is refused; stable codes. */
export type TokenFault =
  | Unreadable
  | 'bearer_missing'
  | 'signature_wrong'
  | 'times_malformed'
  | 'exp_missing'
  | 'expired'
  | 'not_yet_valid';

/** A refused token, and what it says. It can be believed unless the signature is wrong. */
export interface RefusedToken {
  readonly fault: TokenFault;
  readonly bearer: Bearer | null;
  readonly claims: Claims;
}

/** Verifies tokens (HS256 only) and remembers valid ones: a caller sends the same token with every request. */
export class TokenVerifier {
  readonly #keys: Keys;
  readonly #remembered = new LRUCache<string, VerifiedToken>({
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });

  readonly #signers = new LRUCache<string, Signing>({ max: REMEMBERED_SECRETS });

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Whether a token of a secret is signed with the secret that was issued. @param key what the secret says of its key */
  isAsIssued({ key }: VerifiedToken, issued: string | null): boolean {
    return key === (issued ?? this.#keys.oldest);
  }

  /** The token's meaning, or why it is not valid at `nowSeconds`. */
  verify(token: string, nowSeconds: number): VerifiedToken | RefusedToken {
    let verified = this.#remembered.get(token);
    if (verified === undefined) {
      const checked = this.#verifySignature(token);
      if ('fault' in checked) return checked;
      verified = checked;
      this.#remembered.set(token, verified);
    }
    const { bearer, claims, times } = verified;
    if (times.expiresAt !== null && times.expiresAt <= nowSeconds) return { fault: 'expired', bearer, claims };
    if (times.notBefore > nowSeconds) return { fault: 'not_yet_valid', bearer, claims };
    return verified;
  }

  #verifySignature(text: string): VerifiedToken | RefusedToken {
    const token = readJsonWebToken(text);
    if (typeof token === 'string') return { fault: token, bearer: null, claims: {} };
    const { claims } = token;
    const bearer = bearerOf(claims);
    if (bearer === null) return { fault: 'bearer_missing', bearer, claims };
    const signing = this.#signingOf(token, bearer);
    if (signing === null) return { fault: 'signature_wrong', bearer, claims };
    const times = timesOf(claims);
    if (times === null) return { fault: 'times_malformed', bearer, claims };
    if (times.expiresAt === null && bearer.kind === 'user') return { fault: 'exp_missing', bearer, claims };
    const { key, renewing } = signing;
    return { bearer, claims, times, key, renewedAt: renewalOf(token, times, renewing) };
  }

  /**
   * With what the token is signed, the newest key first: a session that goes on is signed with it. A secret's own key comes first once it is
   * known. A token that nobody signed costs one signature for each key.
   */
  #signingOf(token: JsonWebToken, { kind, id }: Bearer): Signing | null {
    if (kind === 'user') {
      const key = this.#keys.all.find(({ session }) => token.isSignedWith(session));
      return key === undefined ? null : { key: key.fingerprint, renewing: this.#keys.session };
    }
    const remembered = this.#signers.get(id);
    if (remembered !== undefined && token.isSignedWith(remembered.renewing)) return remembered;
    for (const key of this.#keys.all) {
      if (key.fingerprint === remembered?.key) continue;
      const signing = { key: key.fingerprint, renewing: key.ofSecret(id) };
      if (!token.isSignedWith(signing.renewing)) continue;
      this.#signers.set(id, signing);
      return signing;
    }
    return null;
  }
}

/** What a token is signed with, and what it is renewed with. */
interface Signing {
  /** The fingerprint of the key. */
  readonly key: string;
  readonly renewing: KeyObject;
}

/** A secret token names its secret in `iss`; a session token has `user_id`. */
function bearerOf(claims: Claims): Bearer | null {
  const [kind, id] =
    typeof claims.iss === 'string' ? (['secret', claims.iss] as const) : (['user', claims.user_id] as const);
  return typeof id === 'string' && isUuid(id) ? { kind, id: id.toLowerCase() } : null;
}
