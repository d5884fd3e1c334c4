import { FILTERED, type Params } from '../events/event-types.ts';
import { isNumberAsSent, isObject } from '../events/json.ts';

/** What is recorded of a request, and so what can be compared of it. */
export interface RecordedRequest {
  readonly params: Params;
  /** Where credentials were taken out; undefined where an earlier release put `[FILTERED]` wherever a text looked like one. */
  readonly redacted?: readonly string[] | undefined;
}

/** The places that credentials were taken out of, by their names from the outermost one on; a place is an empty map. */
type Places = Map<string, Places>;

/**
 * Whether two requests are the same: their parameters are equal, whatever the order of members in an object, apart from the
 * credentials that were taken out of either. Lists keep their order, and `1`, `1.0` and `"1"` differ.
 */
export function isSameRequest(first: RecordedRequest, again: RecordedRequest): boolean {
  if (first.redacted === undefined) return isSame(first.params, again.params, 'anywhere');
  return isSame(first.params, again.params, placesOf([...first.redacted, ...(again.redacted ?? [])]));
}

/** @param taken what was taken out within these values; 'anywhere': not known, so wherever there is `[FILTERED]` */
function isSame(a: unknown, b: unknown, taken: Places | 'anywhere' | undefined): boolean {
  if (taken === 'anywhere') {
    if (isFiltered(a) || isFiltered(b)) return isSameAround(a, b);
  } else if (taken?.size === 0) {
    return isSameButForCredential(a, b);
  }
  if (isObject(a)) return isObject(b) && hasSameMembers(a, b, taken);
  if (Array.isArray(a)) {
    const within = taken === 'anywhere' ? taken : undefined;
    return Array.isArray(b) && a.length === b.length && a.every((element, i) => isSame(element, b[i], within));
  }
  if (isNumberAsSent(a)) return isNumberAsSent(b) && a.rawJSON === b.rawJSON;
  return a === b;
}

function hasSameMembers(a: Params, b: Params, taken: Places | 'anywhere' | undefined): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(
      (name) => Object.hasOwn(b, name) && isSame(a[name], b[name], taken === 'anywhere' ? taken : taken?.get(name)),
    )
  );
}

/** Two values at a place that a credential was taken out of, as a whole or, of a URL, in part. */
function isSameButForCredential(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  if (a === FILTERED || b === FILTERED) return true;
  if (isFiltered(a) && isFiltered(b)) return withoutFilteredPairs(a) === withoutFilteredPairs(b);
  return isSame(a, b, undefined);
}

/** A URL without the parameters of its signature: who signs it anew may order them otherwise, or have one more. */
function withoutFilteredPairs(url: string): string {
  const query = url.indexOf('?') + 1;
  const pairs = url.slice(query).split('&');
  return url.slice(0, query) + pairs.filter((pair) => !pair.endsWith(`=${FILTERED}`)).join('&');
}

/** What an earlier release left of two values agrees up to the first `[FILTERED]` in either, and from the last one on. */
function isSameAround(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  if (a === FILTERED || b === FILTERED) return true;
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  const [beginA, endA] = around(a);
  const [beginB, endB] = around(b);
  return (beginA.startsWith(beginB) || beginB.startsWith(beginA)) && (endA.endsWith(endB) || endB.endsWith(endA));
}

function around(text: string): [begin: string, end: string] {
  const first = text.indexOf(FILTERED);
  return first === -1 ? [text, text] : [text.slice(0, first), text.slice(text.lastIndexOf(FILTERED) + FILTERED.length)];
}

function isFiltered(value: unknown): value is string {
  return typeof value === 'string' && value.includes(FILTERED);
}

/** @param redacted such as `headers[Authorization]`; no name among them has a bracket in it */
function placesOf(redacted: readonly string[]): Places {
  const places: Places = new Map();
  for (const place of redacted) {
    let within = places;
    for (const name of place.replaceAll(']', '').split('[')) {
      const inner = within.get(name) ?? new Map();
      within.set(name, inner);
      within = inner;
    }
  }
  return places;
}
