import { SIGNERS, type Signer } from './signers.ts';
import type { Span } from './user-info.ts';

/** A parameter in a URL whose name one of the signers uses. */
interface Found {
  /** Without escapes, in lower case. */
  readonly name: string;
  /** Where its value begins. */
  readonly start: number;
}

const NAMES = new Set(SIGNERS.flatMap(({ parameters }) => parameters));
/** Every character of a name may be escaped, as `%2D`. */
const LONGEST_NAME = 3 * Math.max(...Array.from(NAMES, (name) => name.length));

/** No signer adds so many. With more of them the whole rest of the URL is taken, rather than that each is looked at. */
const MOST_FOUND = 1_000;

const NOT_PLAIN = /[%\t\r\n]/;
const NOT_COUNTED = /[\t\r\n]/g;
const ESCAPE = /%([2-7][\da-f])/gi;
const END_OF_VALUE = /[&#]/g;

/**
 * Where the values are of the parameters that known signers add to URLs, in the order of the text. Looked for in the query
 * and in the fragment, since a `#` or a second `?` that was not escaped makes the one the other; a parameter may also
 * follow a `;`, but a value ends at `&` or `#` only.
 */
export function signaturesIn(url: string): Span[] {
  const found = foundIn(url);
  if (found.length === MOST_FOUND) return [{ start: (found[0] as Found).start, end: url.length }];
  const names = new Set(found.map(({ name }) => name));
  const signers = SIGNERS.filter((signer) => isSignedBy(signer, names, url));
  const taken = new Set(signers.flatMap(({ parameters }) => parameters));
  const spans: Span[] = [];
  let end = 0;
  for (const { name, start } of found) {
    // What lies in a value that is taken already is part of it.
    if (start < end || !taken.has(name)) continue;
    END_OF_VALUE.lastIndex = start;
    end = END_OF_VALUE.exec(url)?.index ?? url.length;
    if (end > start) spans.push({ start, end });
  }
  return spans;
}

function isSignedBy({ marks, path }: Signer, names: ReadonlySet<string>, url: string): boolean {
  return marks.some((mark) => mark.every((name) => names.has(name))) && (path === undefined || path.test(url));
}

function foundIn(url: string): Found[] {
  const found: Found[] = [];
  let start = -1;
  let isQuery = false;
  for (let i = 0; i < url.length && found.length < MOST_FOUND; i++) {
    const code = url.charCodeAt(i);
    if (code === 0x3f || code === 0x23) isQuery = true;
    if (code === 0x26 || code === 0x3b || code === 0x3f || code === 0x23) {
      start = isQuery ? i + 1 : -1;
    } else if (code === 0x3d && start !== -1) {
      if (i - start <= LONGEST_NAME) {
        const name = plainName(url.slice(start, i));
        if (NAMES.has(name)) found.push({ name, start: i + 1 });
      }
      start = -1;
    }
  }
  return found;
}

function plainName(sent: string): string {
  const lower = sent.toLowerCase();
  if (!NOT_PLAIN.test(lower)) return lower;
  const unescaped = lower.replace(NOT_COUNTED, '').replace(ESCAPE, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return unescaped.toLowerCase();
}
