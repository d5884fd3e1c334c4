import type { Params } from '../../events/event-types.ts';
import { isNumberAsSent } from '../../events/json.ts';
import { isCredentialHeader, isCredentialName } from './credential-names.ts';
import { FILTERED, filterCredentialText } from './credential-text.ts';

/** Of an object that spells a pair out, `{"name": "Authorization", "value": "…"}`: what its name and its value may be called. */
const NAME_MEMBER = /^(?:header[-_ ]?)?(?:name|key|header|field|param|parameter)$/i;
const VALUE_MEMBER = /^(?:header[-_ ]?)?(?:values?|val)$/i;
const LIST_OF_HEADERS = /headers[^a-z]*$/i;

/**
 * The parameters with each credential replaced by `[FILTERED]`, at any depth: what is sent under a name such as
 * `access_token` or `headers[Authorization]`, and credentials inside texts and names.
 * Copies only what changes: the same object where there is no credential.
 */
export function filterCredentials(params: Params): Params {
  let copy: Params | undefined;
  const names = Object.keys(params);
  const spellsCredential = names.some((name) => isCredentialSpelledBy(name, params[name]));
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = params[name];
    const filteredName = filterCredentialText(name);
    const filtered = filterMember(name, value, spellsCredential);
    if (copy === undefined && (filtered !== value || filteredName !== name)) copy = firstMembers(params, names, i);
    if (copy !== undefined) copy[filteredName] = filtered;
  }
  return copy ?? params;
}

/** @param isSpelled whether another member says that the value member holds a credential. */
function filterMember(name: string, value: unknown, isSpelled: boolean): unknown {
  if (value === null) return null;
  if (isCredentialName(name) || (isSpelled && VALUE_MEMBER.test(name))) return FILTERED;
  return typeof value === 'string' ? filterCredentialText(value) : filterValue(value, LIST_OF_HEADERS.test(name));
}

function isCredentialSpelledBy(name: string, value: unknown): boolean {
  return typeof value === 'string' && NAME_MEMBER.test(name) && isCredentialName(value);
}

function firstMembers(params: Params, names: string[], count: number): Params {
  const copy: Params = Object.create(null);
  for (const name of names.slice(0, count)) copy[name] = params[name];
  return copy;
}

function filterValue(value: unknown, isListOfHeaders: boolean): unknown {
  if (typeof value === 'string') return filterCredentialText(value);
  if (Array.isArray(value)) return filterList(value, isListOfHeaders);
  if (typeof value !== 'object' || value === null || isNumberAsSent(value)) return value;
  return filterCredentials(value as Params);
}

/** In a list of headers, or a list in a list, a header's name may be followed by its value: `["Authorization", "…"]`. */
function filterList(list: unknown[], mayAlternate: boolean): unknown[] {
  const filtered = list.map((element, index) => {
    const before = mayAlternate ? list[index - 1] : undefined;
    if (element !== null && typeof before === 'string' && isCredentialHeader(before)) return FILTERED;
    return filterValue(element, true);
  });
  return filtered.some((element, index) => element !== list[index]) ? filtered : list;
}
