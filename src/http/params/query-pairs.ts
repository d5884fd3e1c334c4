import { isCredentialName } from './credential-names.ts';

/** The start of a pair of a query string, `&access_token=`, also of one that is escaped inside another. */
const PAIR_START = /(?:^|[?&;#,\s"'({]|%3f|%26|%23|%3b)((?:[\w.\-~[\]$+]|%(?!2[36])[25][\da-f]){1,128})(?:=|%3d)/gi;
const PAIR_VALUE = /[^&#;\s"'%]*(?:%(?!26|23)[^&#;\s"'%]*)*/y;

/** The text with the values of credential-named pairs replaced: `?access_token=abc`, `&X-Amz-Signature=abc`, `sig=abc`. */
export function filterQueryPairs(text: string, replacement: string): string {
  let filtered = '';
  let copied = 0;
  PAIR_START.lastIndex = 0;
  for (let start = PAIR_START.exec(text); start !== null; start = PAIR_START.exec(text)) {
    if (!isCredentialName(unescaped(start[1] as string))) continue;
    // Only a credential's value is passed over: any other may be a URL with pairs of its own.
    const value = PAIR_START.lastIndex;
    PAIR_VALUE.lastIndex = value;
    PAIR_VALUE.exec(text);
    const end = PAIR_VALUE.lastIndex;
    if (end === value) continue;
    filtered += text.slice(copied, value) + replacement;
    copied = end;
    PAIR_START.lastIndex = end;
  }
  return copied === 0 ? text : filtered + text.slice(copied);
}

/** The escapes that `PAIR_START` lets into a name are all of ASCII, so this cannot fail. */
function unescaped(name: string): string {
  return name.includes('%') ? decodeURIComponent(name) : name;
}
