/** The token that an `Authorization` header carries, read as Rails reads it. */

/** Ruby's white space. JavaScript's `\s` would also match the no-break space, which a header may contain. */
const SCHEME = /^(?:Token|Bearer)[ \t\r\n\f\v]/;
const SEPARATOR = /[,;\t]/;
const PREFIX = 'token=';

/**
 * The token in an `Authorization` header: `Token abc`, `Bearer abc`, `Token token="abc", nonce="def"`.
 * @returns null if there is no header, another scheme (both are case-sensitive), or no token in it.
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

/** Removes white space at both ends, and NULs at the end. By hand, since a pattern takes quadratic time on long runs of spaces. */
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

/** Removes one quote at each end. Each quote may be without the other. A text of one quote becomes empty. */
function unquoted(text: string): string {
  const start = text.startsWith('"') ? 1 : 0;
  const end = text.endsWith('"') ? text.length - 1 : text.length;
  return text.slice(start, Math.max(start, end));
}
