import { sign } from 'node:crypto';
import type { AppKey } from './app-key.ts';

/** Salesforce takes none that lasts more than 3 minutes; the two clocks may differ by the rest. */
const LASTS_SECONDS = 120;

const HEADER = segment({ alg: 'RS256' });

/**
 * A token by which the app says that it acts for a user. Source: importing.md, RFC 7523.
 * @param audience the URL of the organization's login
 */
export function assertion({ clientId, privateKey }: AppKey, username: string, audience: string, nowMs: number): string {
  const exp = Math.floor(nowMs / 1_000) + LASTS_SECONDS;
  const signed = `${HEADER}.${segment({ iss: clientId, sub: username, aud: audience, exp })}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function segment(members: object): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}
