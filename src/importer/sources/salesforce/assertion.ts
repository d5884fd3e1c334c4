import { type KeyObject, sign } from 'node:crypto';

/** Salesforce takes none that lasts more than 3 minutes; the two clocks may differ by the rest. */
const LASTS_SECONDS = 120;

const HEADER = segment({ alg: 'RS256' });

/** Who says that they act for whom, and to whom. */
export interface Claims {
  /** The app. */
  readonly iss: string;
  /** The user. */
  readonly sub: string;
  /** The URL of the organization's login. */
  readonly aud: string;
}

/** A token by which an app says that it acts for a user. Source: importing.md, RFC 7523. */
export function assertion(claims: Claims, privateKey: KeyObject, nowMs: number): string {
  const signed = `${HEADER}.${segment({ ...claims, exp: Math.floor(nowMs / 1_000) + LASTS_SECONDS })}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function segment(members: object): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}
