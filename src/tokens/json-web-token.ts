import { isUtf8 } from 'node:buffer';
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

export type Claims = { readonly [name: string]: unknown };

/** Why a token cannot be read. */
export type Unreadable = 'token_malformed' | 'algorithm_not_accepted' | 'crit_not_accepted';

/** The parts of a token. Do not believe any of them before the signature is verified. */
export interface JsonWebToken {
  /** The JOSE header's bytes in base64url. */
  readonly headerSegment: string;
  readonly claims: Claims;
  /** The claims as they were sent. */
  readonly claimsJson: string;
  isSignedWith(key: KeyObject): boolean;
}

/**
 * Takes an HS256 token apart as ruby-jwt 2 does, because callers' tokens were made for it: each part may be base64url or base64, padded
 * or not, with other characters between the digits, and dots may follow. Source: decision 28.
 */
export function readJsonWebToken(token: string): JsonWebToken | Unreadable {
  const segments = token.split('.');
  while (segments.at(-1) === '') segments.pop();
  const [header = '', payload = '', signature = ''] = segments;
  if (segments.length !== 3) return 'token_malformed';
  const headerBytes = decode(header);
  const claimsBytes = decode(payload);
  const jose = objectIn(headerBytes);
  const claims = objectIn(claimsBytes);
  if (jose === null || claims === null) return 'token_malformed';
  if (jose.alg !== 'HS256') return 'algorithm_not_accepted';
  // Its extensions must be understood (RFC 7515, 4.1.11), and none is here.
  if (Object.hasOwn(jose, 'crit')) return 'crit_not_accepted';
  return {
    headerSegment: headerBytes.toString('base64url'),
    claims,
    claimsJson: claimsBytes.toString(),
    isSignedWith(key) {
      // Over the bytes of the text as sent; `latin1` gives the bytes of a header.
      const expected = createHmac('sha256', key).update(`${header}.${payload}`, 'latin1').digest();
      const sent = decode(signature);
      return sent.length === expected.length && timingSafeEqual(sent, expected);
    },
  };
}

/** Like Ruby's `decode64`: skips characters of neither alphabet, and ends at a `=` that may end the text. */
function decode(segment: string): Buffer {
  let digits = '';
  for (const part of segment.split('=')) {
    digits += part.replace(/[^\w+/-]/g, '');
    if (digits.length % 4 >= 2) break;
  }
  return Buffer.from(digits, 'base64');
}

function objectIn(bytes: Buffer): Claims | null {
  if (!isUtf8(bytes)) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}
