/** A part of a text: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

// Each expression is linear, and is tried at one place only or at places that go forward.

/** What may stand before a URL: spaces and control characters, which readers skip, and what callers put around it. */
const BEFORE = /[\s\p{Cc}"'<(]*/uy;
/** Tabs and line ends do not count, wherever they are in a URL. */
const SCHEME = /[\t\r\n]*([a-z][a-z\d+.\-\t\r\n]*):/iy;
const SLASHES = /[/\\\t\r\n]*/y;
const TWO_SLASHES = /[\t\r\n]*\/[\t\r\n]*\//y;
const NOT_COUNTED = /[\t\r\n]/g;
const END_OF_AUTHORITY = /[/?#]/g;
const HOST_AND_NO_PORT = /^[^[:]*:\d*[^\d\\\t\r\n]/;

/** In these the host follows any number of slashes, or none; in others, two of them. */
const SPECIAL = ['http', 'https', 'ws', 'wss', 'ftp'];
/** One scheme may stand before another: `url:https://…`, `blob:https://…`. */
const MOST_SCHEMES = 3;
/** Here a text such as `name:x@host` is an address, and has no user info. */
const ADDRESS = /(?:acct|cid|mailto|mid|sips?|xmpp):/iy;

/**
 * Where the user info of a URL is (`user:password`, what comes before the `@`); null where it has none. The text need be no
 * valid URL: it is what any reader would take for user info, be it a browser (WHATWG) or curl, and where they differ the
 * longest. So a backslash ends no user info, and `user:password@host` without a scheme has one; `name@host` is an address.
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
  // What follows the colon is no port: a password was cut short by a character in it that should have been escaped.
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

/** Where the match at `start` ends; `start` itself where there is none. */
function endOf(sticky: RegExp, text: string, start: number): number {
  sticky.lastIndex = start;
  return sticky.test(text) ? sticky.lastIndex : start;
}
