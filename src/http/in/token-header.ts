/** The token that an `Authorization` header carries, read as Rails reads it. */

/** Ruby's white space; JavaScript's `\s` would also take the no-break space, which a header may hold. */
const SCHEME = /^(?:Token|Bearer)[ \t\r\n\f\v]/;
const SEPARATOR = /[,;\t]/;
const PREFIX = 'token=';

/**
 * The token in an `Authorization` header: `Token abc`, `Bearer abc`, `Token token="abc", nonce="def"`.
 * @returns null where there is no header, another scheme (the two are case-sensitive), or no token in it.
 */
export function tokenOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const scheme = SCHEME.exec(authorization);
  if (scheme === null) return null;
  const first = firstPart(authorization.slice(scheme[0].length));
  const token = unquoted(first.startsWith(PREFIX) ? first.slice(PREFIX.length) : first);
  return stripped(token) === '' ? null : token;
}

function firstPart(parameters: string): string {
  for (const part of parameters.split(SEPARATOR)) {
    const text = stripped(part);
    if (text !== '') return text;
  }
  return '';
}

/** Without white space at its ends, nor NULs at its end: by hand, as a pattern would look at each run of spaces again from each of them. */
function stripped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (start < end && (isSpace(text.charCodeAt(end - 1)) || text.charCodeAt(end - 1) === 0)) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Without one quote at each end; either may stand alone, and one that is the whole text is both. */
function unquoted(text: string): string {
  const start = text.startsWith('"') ? 1 : 0;
  const end = text.endsWith('"') ? text.length - 1 : text.length;
  return text.slice(start, Math.max(start, end));
}
