import { FILTERED, type Params } from '../events/import-events.ts';
import { isNumberAsSent, isObject } from '../events/json.ts';
import { withoutSignature } from '../redaction/signatures.ts';

/** What is recorded of a request, and so can be compared. */
export interface RecordedRequest {
  readonly params: Params;
  /** Where credentials were taken out. Undefined for a record of an earlier release, which put `[FILTERED]` wherever a text looked like one. */
  readonly redacted?: readonly string[] | undefined;
}

/** A place in the parameters of both requests, as a tree of names. */
interface Place {
  /** Whether a credential was taken out of it, in the first request and in the second. */
  readonly isTaken: [first: boolean, again: boolean];
  readonly within: Map<string, Place>;
}

/**
 * Whether two requests are the same: their parameters are equal, except for credentials that were taken out of either.
 * The order of an object's members does not matter. The order of a list does, and `1`, `1.0` and `"1"` differ.
 */
export function isSameRequest(first: RecordedRequest, again: RecordedRequest): boolean {
  if (first.redacted === undefined) return isSame(first.params, again.params, 'unknown');
  return isSame(first.params, again.params, placesOf(first.redacted, again.redacted ?? []));
}

/** @param place the place of both values; 'unknown': any `[FILTERED]` may stand for a credential */
function isSame(a: unknown, b: unknown, place: Place | 'unknown' | undefined): boolean {
  if (place === 'unknown') {
    if (isFiltered(a) || isFiltered(b)) return isSameAround(a, b);
  } else if (place?.isTaken.includes(true)) {
    const known = isSameButForCredential(a, b, place);
    if (known !== null) return known;
  }
  if (isObject(a)) return isObject(b) && hasSameMembers(a, b, place);
  if (Array.isArray(a)) {
    const element = place === 'unknown' ? place : undefined;
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => isSame(each, b[i], element));
  }
  if (isNumberAsSent(a)) return isNumberAsSent(b) && a.rawJSON === b.rawJSON;
  return a === b;
}

function hasSameMembers(a: Params, b: Params, place: Place | 'unknown' | undefined): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(
      (name) =>
        Object.hasOwn(b, name) && isSame(a[name], b[name], place === 'unknown' ? place : place?.within.get(name)),
    )
  );
}

/** Compares two values at a place whose credential was taken out: the whole value, or a part of a URL. Null if this does not decide it. */
function isSameButForCredential(a: unknown, b: unknown, { isTaken: [inA, inB] }: Place): boolean | null {
  if (a === null || b === null) return a === b;
  if ((inA && a === FILTERED) || (inB && b === FILTERED)) return true;
  if (typeof a !== 'string' || typeof b !== 'string') return null;
  // A URL without its signature is another one.
  return inA && inB && withoutSignature(a) === withoutSignature(b);
}

/** Whether two values of an earlier release are equal up to the first `[FILTERED]` in either, and after the last one. */
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

/** @param redacted such as `headers[Authorization]`; no name has a bracket in it */
function placesOf(...redacted: readonly [first: readonly string[], again: readonly string[]]): Place {
  const all = newPlace();
  redacted.forEach((places, request) => {
    for (const place of places) {
      let at = all;
      for (const name of place.replaceAll(']', '').split('[')) {
        const inner = at.within.get(name) ?? newPlace();
        at.within.set(name, inner);
        at = inner;
      }
      at.isTaken[request] = true;
    }
  });
  return all;
}

function newPlace(): Place {
  return { isTaken: [false, false], within: new Map() };
}
