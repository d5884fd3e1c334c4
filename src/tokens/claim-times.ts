import type { Claims } from './json-web-token.ts';

/** The times of a token, in seconds since 1970. */
export interface ClaimTimes {
  /** The token is valid before this second; null: it has no `exp`. */
  readonly expiresAt: number | null;
  /** It is valid from this second on. */
  readonly notBefore: number;
  /** Null if it does not say, or says what is no time. */
  readonly issuedAt: number | null;
}

/** The times of a token, read as ruby-jwt reads them; null if it cannot read `exp` or `nbf`. */
export function timesOf(claims: Claims): ClaimTimes | null {
  const expiresAt = Object.hasOwn(claims, 'exp') ? secondsIn(claims.exp) : null;
  const notBefore = Object.hasOwn(claims, 'nbf') ? secondsIn(claims.nbf) : 0;
  if (expiresAt === undefined || notBefore === undefined) return null;
  // Rounded up, so that the lifetime never seems longer than it was.
  const issuedAt = Math.ceil(secondsIn(claims.iat) ?? 0);
  return {
    expiresAt: expiresAt === null ? null : Math.trunc(expiresAt),
    notBefore: Math.trunc(notBefore),
    issuedAt: issuedAt > 0 ? issuedAt : null,
  };
}

/** Like Ruby's `to_i`: the decimal digits with which a text begins; 0 for other text and for null; undefined if there is no claim. */
function secondsIn(claim: unknown): number | undefined {
  if (claim === null) return 0;
  const number = typeof claim === 'string' ? Number(/^\s*[+-]?\d+/.exec(claim)?.[0] ?? 0) : claim;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
