import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import { parseJson } from '../events/json.ts';
import type { Keys } from './keys.ts';
import { type Claims, mintAnew } from './mint.ts';

/** How much of verified tokens is kept, in characters of the tokens: some thousands of them. */
const REMEMBERED_CHARACTERS = 2_000_000;

/** A longer token is refused unread: the longest header that Node takes is 16 KiB. */
const LONGEST_TOKEN = 8_192;

/** A token whose signature holds. Whether its user or secret may still act is another question. */
export interface VerifiedToken {
  readonly kind: 'user' | 'secret';
  /** The user's or the secret's id. */
  readonly id: string;
  readonly claims: Claims;
  /** The same token minted anew in this second. */
  mintAnew(nowSeconds: number): string;
}

interface Remembered extends VerifiedToken {
  readonly expiresAtSeconds: number;
}

/** Verifies tokens (HS256 only), and remembers those that hold: the same token comes with every request of a caller. */
export class TokenVerifier {
  readonly #keys: Keys;
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** The token's meaning; null where it is malformed, signed otherwise, or expired at `nowSeconds`. */
  verify(token: string, nowSeconds: number): VerifiedToken | null {
    let verified = this.#remembered.get(token) ?? null;
    if (verified === null) {
      verified = token.length > LONGEST_TOKEN ? null : this.#verifyAnew(token, nowSeconds);
      if (verified === null) return null;
      this.#remembered.set(token, verified);
    }
    return nowSeconds < verified.expiresAtSeconds ? verified : null;
  }

  #verifyAnew(token: string, nowSeconds: number): Remembered | null {
    try {
      const claims = claimsOf(token);
      const owner = ownerOf(claims);
      if (owner === null) return null;
      const key = owner.kind === 'secret' ? this.#keys.ofSecret(owner.id) : this.#keys.session;
      const { exp } = jwt.verify(token, key, { algorithms: ['HS256'], clockTimestamp: nowSeconds }) as jwt.JwtPayload;
      if (exp === undefined && owner.kind === 'user') return null;
      const expiresAtSeconds = exp ?? Number.POSITIVE_INFINITY;
      return { ...owner, claims, expiresAtSeconds, mintAnew: minterOf(token, claims, key) };
    } catch {
      // Which of its many faults a bad token has is nobody's business.
      return null;
    }
  }
}

function claimsOf(token: string): Claims {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Error('claims are an object');
  return claims as Claims;
}

/** A secret token names its secret in `iss`; a session token has `user_id`. */
function ownerOf(claims: Claims): { kind: 'user' | 'secret'; id: string } | null {
  if (typeof claims.iss === 'string')
    return isUuid(claims.iss) ? { kind: 'secret', id: claims.iss.toLowerCase() } : null;
  return typeof claims.user_id === 'string' && isUuid(claims.user_id)
    ? { kind: 'user', id: claims.user_id.toLowerCase() }
    : null;
}

/** Mints a token anew at most once a second: within one second it is the same to the byte. */
function minterOf(token: string, claims: Claims, key: KeyObject): (nowSeconds: number) => string {
  const headerSegment = token.slice(0, token.indexOf('.'));
  let mintedAt = -1;
  let minted = '';
  return (nowSeconds) => {
    if (nowSeconds !== mintedAt) {
      minted = mintAnew(headerSegment, claims, nowSeconds, key);
      mintedAt = nowSeconds;
    }
    return minted;
  };
}
