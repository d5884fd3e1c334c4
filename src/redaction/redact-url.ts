import { FILTERED } from '../events/import-events.ts';
import { type Sought, signaturesIn } from './signatures.ts';
import { userInfoOf } from './user-info.ts';

/**
 * The URL with `[FILTERED]` instead of its user info and of each value that a known signer added. All other bytes stay.
 * The text need not be a valid URL.
 * @param sought the known signers unless set
 * @example redactUrl('https://u:p@host/k?size=2&X-Amz-Signature=ab') // 'https://[FILTERED]@host/k?size=2&X-Amz-Signature=[FILTERED]'
 */
export function redactUrl(url: string, sought?: Sought): string {
  const userInfo = userInfoOf(url);
  let redacted = '';
  let copied = 0;
  for (const { start, end } of [...(userInfo === null ? [] : [userInfo]), ...signaturesIn(url, sought)]) {
    // In an invalid URL a password may contain what looks like a query.
    if (end <= copied) continue;
    redacted += url.slice(copied, start) + FILTERED;
    copied = end;
  }
  return copied === 0 ? url : redacted + url.slice(copied);
}
