import { createHmac, type KeyObject } from 'node:crypto';
import type { ClaimTimes } from './claim-times.ts';
import { claimsTemplate } from './claims-template.ts';
import type { JsonWebToken } from './json-web-token.ts';

/** How long a minted token lasts. Source: docs/api.md, Tokens. */
export const TOKEN_LIFE_SECONDS = 14_400;

/** The JOSE header of session tokens, exactly as in the document. */
const SESSION_HEADER = Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url');

/**
 * Makes a session token for a user, as the document shows it.
 * @param nowSeconds becomes `iat`
 * @param id becomes `jti`; the document's tokens have none
 */
export function mintSession(
  userId: string,
  nowSeconds: number,
  key: KeyObject,
  lifeSeconds = TOKEN_LIFE_SECONDS,
  id?: string,
): string {
  const claims = { exp: nowSeconds + lifeSeconds, iat: nowSeconds, user_id: userId, jti: id };
  return sign(SESSION_HEADER, JSON.stringify(claims), key);
}

/**
 * Renews a verified token: the same JOSE header and the same claims in the same order, with a new `iat` and `exp`. Within one second it
 * returns the same token.
 */
export function renewalOf(token: JsonWebToken, times: ClaimTimes, key: KeyObject): (nowSeconds: number) => string {
  const claims = claimsTemplate(token.claimsJson);
  let mintedAt = -1;
  let minted = '';
  return (nowSeconds) => {
    if (nowSeconds !== mintedAt) {
      const text = claims({ exp: renewedExpiry(times, nowSeconds), iat: nowSeconds });
      minted = sign(token.headerSegment, text, key);
      mintedAt = nowSeconds;
    }
    return minted;
  };
}

/** The new expiry: a renewed token lives no longer than the token that was sent. */
function renewedExpiry({ expiresAt, issuedAt }: ClaimTimes, nowSeconds: number): number {
  if (expiresAt === null) return nowSeconds + TOKEN_LIFE_SECONDS;
  // If it says that it was issued at its end or later, its lifetime is not known.
  const isLifeKnown = issuedAt !== null && issuedAt < expiresAt;
  const lifeSeconds = isLifeKnown ? expiresAt - issuedAt : expiresAt - nowSeconds;
  return nowSeconds + Math.min(TOKEN_LIFE_SECONDS, lifeSeconds);
}

function sign(headerSegment: string, claimsJson: string, key: KeyObject): string {
  const signed = `${headerSegment}.${Buffer.from(claimsJson).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}
