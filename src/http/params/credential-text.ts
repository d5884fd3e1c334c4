import { isCredentialName } from './credential-names.ts';
import { filterJwts } from './json-web-tokens.ts';
import { filterQueryPairs } from './query-pairs.ts';

/** What stands in the place of a credential. */
export const FILTERED = '[FILTERED]';

// Each pattern runs in linear time over hostile text: a repetition is bounded, or nothing that follows it can match in it.

/** What every text with a credential in it has; most texts have none and are done. */
const PERHAPS = /[:=\s]|eyJ|%3d/i;

/** A whole text that is the value of an `Authorization` header. `Basic` needs a closer look. */
const SCHEME =
  /^\s*(?:bearer\s+[^\s,]+\s*$|(?:bearer|token)\s+token\s*=|token\s+[\w.~+/=-]{16,}\s*$|digest\s+\w+\s*=|oauth\s+\w+\s*=|hmac\s+\w+\s*=|aws4-hmac-sha256\s|sharedaccesssignature\s|sharedkey(?:lite)?\s)/i;
const BASIC = /^\s*basic\s+([\w+/-]+={0,2})\s*$/i;

/** Schemes in the midst of a text, such as a command line. Short words after them are ordinary prose. */
const SCHEME_WITHIN = /\b(bearer\s+)[\w.~+/-]{20,}=*/gi;
const BASIC_WITHIN = /\b(basic\s+)([\w+/-]{4,}={0,2})/gi;
const AUTHORIZATION_WITHIN = /(authorization["']?\s{0,9}[:=]\s{0,9}["']?)[^"'\r\n]+/gi;

/** A header's line, `X-Api-Key: abc`. */
const HEADER_LINE = /^([ \t]*([\w-]+)[ \t]*:[ \t]*)[^\r\n]*[^\s][^\r\n]*$/gm;

/** A member of an object written as text, `"password": "abc"`. */
const MEMBER = /("([^"\\]{1,64})"\s{0,9}:\s{0,9})("[^"\\]*(?:\\.[^"\\]*)*"|[^\s,"{}[\]]+)/g;

/** `user:password@` of a URL. */
const USERINFO = /\/\/([^\s/?#"'<>\\]+)@/g;

/**
 * The text with each credential in it replaced by `[FILTERED]`: JSON Web Tokens, authentication schemes, header lines,
 * passwords in URLs, credential-named pairs of query strings. The same string where there is none.
 */
export function filterCredentialText(text: string): string {
  if (!PERHAPS.test(text)) return text;
  if (SCHEME.test(text) || isBasic(BASIC.exec(text)?.[1])) return FILTERED;
  let filtered = filterJwts(text, FILTERED)
    .replace(SCHEME_WITHIN, `$1${FILTERED}`)
    .replace(BASIC_WITHIN, (all, scheme, pair) => (isBasic(pair) ? scheme + FILTERED : all));
  if (filtered.includes('//') && filtered.includes('@')) filtered = filtered.replace(USERINFO, withoutUserinfo);
  filtered = filterQueryPairs(filtered, FILTERED);
  filtered = filtered.replace(AUTHORIZATION_WITHIN, `$1${FILTERED}`);
  if (!filtered.includes(':')) return filtered;
  return filtered
    .replace(MEMBER, (all, start, name) => (isCredentialName(name) ? `${start}"${FILTERED}"` : all))
    .replace(HEADER_LINE, (all, start, name) => (isCredentialName(name) ? start + FILTERED : all));
}

/** `Basic Training` is a title; after the scheme stands `user:password` in base64. */
function isBasic(pair: string | undefined): boolean {
  return pair !== undefined && Buffer.from(pair, 'base64').includes(':');
}

/** A lone user name is left (`ssh://git@host`), but not of a web URL, where it is a token as often as not. */
function withoutUserinfo(all: string, userinfo: string, offset: number, text: string): string {
  const isWeb = /https?:$/i.test(text.slice(Math.max(0, offset - 6), offset));
  return isWeb || /:|%3a/i.test(userinfo) ? `//${FILTERED}@` : all;
}
