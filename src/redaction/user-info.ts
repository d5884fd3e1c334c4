/** A part of a text: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

// Each expression is linear. It is tried at one place, or at places that only move forward.

/** Characters that may come before a URL: spaces and control characters, which readers skip, and quotes and brackets around it. */
const BEFORE = /[\s\p{Cc}"'<(]*/uy;
/** URL parsers ignore tabs and line ends. */
const SCHEME = /[\t\r\n]*([a-z][a-z\d+.\-\t\r\n]*):/iy;
const SLASHES = /[/\\\t\r\n]*/y;
const TWO_SLASHES = /[\t\r\n]*\/[\t\r\n]*\//y;
const NOT_COUNTED = /[\t\r\n]/g;
const END_OF_AUTHORITY = /[/?#]/g;
const HOST_AND_NO_PORT = /^[^[:]*:\d*[^\d\\\t\r\n]/;

/** In these schemes the host comes after any number of slashes, or none; in others, after two. */
const SPECIAL = ['http', 'https', 'ws', 'wss', 'ftp'];
/** One scheme may come before another: `url:https://…`, `blob:https://…`. */
const MOST_SCHEMES = 3;
/** After these schemes, `name:x@host` is an address and has no user info. */
const ADDRESS = /(?:acct|cid|mailto|mid|sips?|xmpp):/iy;

/**
 * The place of a URL's user info (`user:password` before the `@`); null if it has none. The text need not be a valid URL. User
 * info is what any reader takes for it, a browser (WHATWG) or curl. If they differ, the longest. So a backslash does not end it, and
 * `user:password@host` without a scheme has one; `name@host` is an address.
 */
export function userInfoOf(url: string): Span | null {
  if (!url.includes('@')) return null;
  const start = endOf(BEFORE, url, 0);
  let position = start;
  for (let count = 0; count < MOST_SCHEMES; count++) {
    SCHEME.lastIndex = position;
    const scheme = SCHEME.exec(url)?.[1]?.replace(NOT_COUNTED, '').toLowerCase();
    if (scheme !== undefined) position = SCHEME.lastIndex;
    const host = endOf(SLASHES, url, position);
    if (scheme === undefined) {
      const slashes = url.slice(position, host).replace(NOT_COUNTED, '').length;
      if (slashes >= 2) return inAuthority(url, host);
      if (slashes === 1) return null;
      break;
    }
    if (SPECIAL.includes(scheme)) return inAuthority(url, host);
    const afterTwo = endOf(TWO_SLASHES, url, position);
    if (afterTwo > position) return inAuthority(url, afterTwo);
  }
  return endOf(ADDRESS, url, start) === start ? withPassword(url, start) : null;
}

function inAuthority(url: string, start: number): Span | null {
  const end = endOfAuthority(url, start);
  const at = lastAt(url, start, end);
  if (at !== null) return spanOf(start, at);
  // If no port follows the colon, an unescaped character has cut a password short.
  const next = HOST_AND_NO_PORT.test(url.slice(start, end)) ? url.indexOf('@', end) : -1;
  return next === -1 ? null : spanOf(start, lastAt(url, next, endOfAuthority(url, next)) ?? next);
}

function withPassword(url: string, start: number): Span | null {
  const at = lastAt(url, start, endOfAuthority(url, start));
  const userInfo = at === null ? '' : url.slice(start, at);
  return userInfo.includes(':') && !/\s/.test(userInfo) ? spanOf(start, start + userInfo.length) : null;
}

function spanOf(start: number, end: number): Span | null {
  return end > start ? { start, end } : null;
}

function endOfAuthority(url: string, start: number): number {
  END_OF_AUTHORITY.lastIndex = start;
  return END_OF_AUTHORITY.exec(url)?.index ?? url.length;
}

function lastAt(url: string, start: number, end: number): number | null {
  const at = url.lastIndexOf('@', end - 1);
  return at < start ? null : at;
}

/** The end of the match at `start`; `start` itself if there is none. */
function endOf(sticky: RegExp, text: string, start: number): number {
  sticky.lastIndex = start;
  return sticky.test(text) ? sticky.lastIndex : start;
}
