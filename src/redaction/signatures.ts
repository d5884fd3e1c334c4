import { FILTERED } from '../events/import-events.ts';
import { hexDigit } from './hex-digit.ts';
import { SIGNERS, type Signer } from './signers.ts';
import type { Span } from './user-info.ts';

/** A parameter in a URL whose name one of the signers uses. */
interface Found {
  /** Without escapes, in lower case. */
  readonly name: string;
  /** Where its name begins, after a separator. */
  readonly nameStart: number;
  /** Where its value begins. */
  readonly start: number;
}

/** The names as a tree: each step is one letter, by its character code, which is under 128. */
interface Step {
  readonly next: (Step | undefined)[];
  /** The name that ends here, if one does. */
  name?: string;
}

/** What is looked for in URLs. */
export interface Sought {
  readonly signers: readonly Signer[];
  readonly firstStep: Step;
}

const OF_SIGNERS = soughtOf(SIGNERS);

/** The known signers, and parameters that the operator named: in each URL. */
export function soughtWith(names: readonly string[]): Sought {
  if (names.length === 0) return OF_SIGNERS;
  const own = names.map((name) => name.toLowerCase()).map((name) => ({ name, marks: [[name]], parameters: [name] }));
  return soughtOf([...SIGNERS, ...own]);
}

function soughtOf(signers: readonly Signer[]): Sought {
  return { signers, firstStep: treeOf(signers.flatMap(({ parameters }) => parameters)) };
}

/** No signer adds so many. If there are more, the whole rest of the URL is taken out, so that they cost no time. */
const MOST_FOUND = 1_000;

const END_OF_VALUE = /[&#]/g;
const ENDS_OF_VALUE: readonly (string | undefined)[] = ['&', '#', undefined];

/**
 * The values of the parameters that known signers add to URLs, in the order of the text. Both query and fragment are searched,
 * because an unescaped `#` or second `?` makes one the other. A parameter may also follow a `;`, but a value ends only at `&`
 * or `#`.
 */
export function signaturesIn(url: string, { signers: sought, firstStep }: Sought = OF_SIGNERS): Span[] {
  const found = foundIn(url, firstStep);
  if (found.length === MOST_FOUND) return [{ start: (found[0] as Found).start, end: url.length }];
  const names = new Set(found.map(({ name }) => name));
  const signers = sought.filter((signer) => isSignedBy(signer, names, url));
  const taken = new Set(signers.flatMap(({ parameters }) => parameters));
  const spans: Span[] = [];
  let end = 0;
  for (const { name, start } of found) {
    // A parameter inside a value that is taken out already is part of it.
    if (start < end || !taken.has(name)) continue;
    END_OF_VALUE.lastIndex = start;
    end = END_OF_VALUE.exec(url)?.index ?? url.length;
    if (end > start) spans.push({ start, end });
  }
  return spans;
}

/**
 * A redacted URL without the parameters of its signature: a new signature may have them in another order, or have one more. All else
 * stays.
 * @example withoutSignature('https://h/k?X-Amz-Signature=[FILTERED]&size=2') // 'https://h/k?size=2'
 */
export function withoutSignature(redacted: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (const { nameStart, start } of foundIn(redacted, OF_SIGNERS.firstStep)) {
    const end = start + FILTERED.length;
    if (!redacted.startsWith(FILTERED, start) || !ENDS_OF_VALUE.includes(redacted[end])) continue;
    if (nameStart > copied) parts.push(redacted.slice(copied, nameStart));
    const isFollowed = redacted[end] === '&';
    // One separator is removed too: the one after it, or else the one before it.
    if (!isFollowed) parts.push(withoutSeparator(parts.pop() ?? ''));
    copied = isFollowed ? end + 1 : end;
  }
  return parts.join('') + redacted.slice(copied);
}

function withoutSeparator(text: string): string {
  return text.endsWith('&') || text.endsWith(';') ? text.slice(0, -1) : text;
}

function isSignedBy({ marks, path }: Signer, names: ReadonlySet<string>, url: string): boolean {
  return marks.some((mark) => mark.every((name) => names.has(name))) && (path === undefined || path.test(url));
}

/** One pass, which makes no object for names that no signer uses: there may be hundreds of thousands of them. */
function foundIn(url: string, firstStep: Step): Found[] {
  const found: Found[] = [];
  let isQuery = false;
  let step: Step | undefined;
  let nameStart = 0;
  for (let i = 0; i < url.length && found.length < MOST_FOUND; i++) {
    const code = url.charCodeAt(i);
    if (isSeparator(code)) {
      isQuery ||= code === 0x3f || code === 0x23;
      step = isQuery ? firstStep : undefined;
      nameStart = i + 1;
    } else if (step === undefined || isNotCounted(code)) {
      // No name can begin here.
    } else if (code === 0x3d) {
      if (step.name !== undefined) found.push({ name: step.name, nameStart, start: i + 1 });
      step = undefined;
    } else if (code === 0x25) {
      const escaped = (hexDigit(url.charCodeAt(i + 1)) << 4) | hexDigit(url.charCodeAt(i + 2));
      if (escaped >= 0) i += 2;
      step = stepAfter(step, escaped);
    } else {
      step = stepAfter(step, code);
    }
  }
  return found;
}

/** `?`, `&`, `;` or `#`. */
function isSeparator(code: number): boolean {
  return code === 0x3f || code === 0x26 || code === 0x3b || code === 0x23;
}

/** URL parsers ignore tabs and line ends. */
function isNotCounted(code: number): boolean {
  return code === 0x09 || code === 0x0a || code === 0x0d;
}

function stepAfter({ next }: Step, code: number): Step | undefined {
  if (code < 0 || code >= next.length) return undefined;
  return next[code >= 0x41 && code <= 0x5a ? code | 0x20 : code];
}

function treeOf(names: readonly string[]): Step {
  const first = newStep();
  for (const name of names) {
    let step = first;
    for (const letter of name) {
      const code = letter.charCodeAt(0);
      const next = step.next[code] ?? newStep();
      step.next[code] = next;
      step = next;
    }
    step.name = name;
  }
  return first;
}

function newStep(): Step {
  return { next: Array(128).fill(undefined) };
}
