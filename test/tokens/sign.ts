import { createHmac, type KeyObject } from 'node:crypto';

/** Signs two parts as they are, whatever they are. */
export function signParts(header: string, payload: string, key: KeyObject | string): string {
  return `${header}.${payload}.${createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')}`;
}

/** An HS256 token with these claims, given as a value or as JSON text. */
export function signClaims(
  claims: unknown,
  key: KeyObject | string,
  header: object = { alg: 'HS256', typ: 'JWT' },
): string {
  const json = typeof claims === 'string' ? claims : JSON.stringify(claims);
  return signParts(base64url(JSON.stringify(header)), base64url(json), key);
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** The text of one part of a token: 0 is the JOSE header, 1 the claims. */
export function partOf(token: string, index: 0 | 1): string {
  return Buffer.from(token.split('.')[index] ?? '', 'base64url').toString();
}
