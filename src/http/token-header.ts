/** The token that an `Authorization` header carries, read as Rails reads it. */

/** Ruby's white space; JavaScript's `\s` would also take the no-break space, which a header may hold. */
const SCHEME = /^(?:Token|Bearer)[ \t\r\n\f\v]+/;
const SEPARATOR = /[,;\t]/;
const OUTER_SPACE = /^[ \t\r\n\f\v]+|[ \t\r\n\f\v\0]+$/g;
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
  return token.replace(OUTER_SPACE, '') === '' ? null : token;
}

function firstPart(parameters: string): string {
  for (const part of parameters.split(SEPARATOR)) {
    const stripped = part.replace(OUTER_SPACE, '');
    if (stripped !== '') return stripped;
  }
  return '';
}

/** Without one quote at each end; either may stand alone, and one that is the whole text is both. */
function unquoted(text: string): string {
  const start = text.startsWith('"') ? 1 : 0;
  const end = text.endsWith('"') ? text.length - 1 : text.length;
  return text.slice(start, Math.max(start, end));
}
