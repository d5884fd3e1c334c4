import { unescaped } from '../unescaped.ts';
import type { Headers } from './caller-headers.ts';

/** A URL that is to be asked, and with which headers. */
export interface Visit {
  /** Without user info and fragment. */
  readonly url: URL;
  readonly headers: Headers;
  /** The caller's own, which go to the first origin, and to none after another one; null: they are left behind. */
  readonly callerHeaders: Headers | null;
  /** The URLs before it. */
  readonly before: readonly string[];
}

/** Many servers refuse requests without these. */
const USUAL: Headers = { accept: '*/*', 'user-agent': 'import-api-importer/1' };

/** @param url may have user info, which then goes as `Authorization`, unless the caller has set that */
export function firstVisit(url: URL, callerHeaders: Headers): Visit {
  return visitOf(url, { ...basic(url), ...callerHeaders }, []);
}

/**
 * The visit to which an answer redirects; null: that is no URL.
 * @param location each character is a byte
 */
export function nextVisit({ url, callerHeaders, before }: Visit, location: string): Visit | null {
  // Servers write letters as UTF-8. `URL` would take each byte for a letter.
  const escaped = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  if (!URL.canParse(escaped, url.href)) return null;
  const next = new URL(escaped, url.href);
  return visitOf(next, next.origin === url.origin ? callerHeaders : null, [...before, url.href]);
}

function visitOf(given: URL, callerHeaders: Headers | null, before: readonly string[]): Visit {
  const url = new URL(given.href);
  url.username = '';
  url.password = '';
  url.hash = '';
  // The user info of a redirect is its server's own, and goes with that one request.
  return { url, headers: { ...USUAL, ...basic(given), ...callerHeaders }, callerHeaders, before };
}

function basic({ username, password }: URL): Headers {
  if (username === '' && password === '') return {};
  const userInfo = `${unescaped(username)}:${unescaped(password)}`;
  return { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` };
}
