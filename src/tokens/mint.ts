import { createHmac, type KeyObject } from 'node:crypto';

/** How long a minted token lasts. Source: behaviour.md, Tokens. */
export const TOKEN_LIFE_SECONDS = 14_400;

/** The JOSE header of tokens that the service itself mints; the document's, member for member. */
const SESSION_HEADER = Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url');

export type Claims = { readonly [name: string]: unknown };

/**
 * A session token for a user, as the document shows it.
 * @param nowSeconds becomes `iat`
 */
export function mintSession(
  userId: string,
  nowSeconds: number,
  key: KeyObject,
  lifeSeconds = TOKEN_LIFE_SECONDS,
): string {
  return sign(SESSION_HEADER, { exp: nowSeconds + lifeSeconds, iat: nowSeconds, user_id: userId }, key);
}

/**
 * A token minted anew from one that was verified: the same claims in the same order with a new `iat` and `exp` (placed
 * first where it had none), the JOSE header's bytes kept.
 * @param headerSegment the first segment of the request's token
 */
export function mintAnew(headerSegment: string, claims: Claims, nowSeconds: number, key: KeyObject): string {
  const fresh = { exp: nowSeconds + TOKEN_LIFE_SECONDS, iat: nowSeconds };
  const missing = Object.entries(fresh).filter(([name]) => !Object.hasOwn(claims, name));
  const kept = Object.entries(claims).map(([name, value]) =>
    name === 'exp' || name === 'iat' ? [name, fresh[name]] : [name, value],
  );
  // fromEntries defines properties, so that a claim named __proto__ is one like any other.
  return sign(headerSegment, Object.fromEntries([...missing, ...kept]), key);
}

function sign(headerSegment: string, claims: Claims, key: KeyObject): string {
  const signed = `${headerSegment}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}
