import { FILTERED, type Params } from '../events/import-events.ts';
import { isObject } from '../events/json.ts';
import { CREDENTIAL_HEADERS } from './credential-headers.ts';
import { type ParameterPath, pathText } from './parameter-path.ts';
import { redactUrl } from './redact-url.ts';
import { type Sought, soughtWith } from './signatures.ts';

/** A value with a credential, and its place: it is not recorded. */
export interface Taken {
  /** Such as `headers[Authorization]` or `url`. */
  readonly place: string;
  /** The whole value as sent, even if only a part of it (of a URL) was taken out. */
  readonly original: unknown;
}

/** A request's parameters without credentials, and what was taken out. */
export interface Redaction {
  /** What is recorded and returned: as sent, but with `[FILTERED]` instead of credentials. */
  readonly recorded: Params;
  /** What was taken out. Nothing else has the originals: code that wants to keep them, sealed, takes them from here. */
  readonly taken: readonly Taken[];
}

/**
 * Makes the function that takes credentials out of the parameters of a POST. It looks only at these places: the operator's paths;
 * `headers[NAME]` if NAME is one of `CREDENTIAL_HEADERS`, in upper or lower case; and of the top-level `url` the user info and the
 * parameters of a known signer. A null stays. It copies only what changes. Its time is proportional to the input.
 * @param paths the operator's; the case of NAME in `headers[NAME]` does not matter; `url[NAME]` is also a parameter in the text of `url`
 */
export function redactor(paths: readonly ParameterPath[]): (params: Params) => Redaction {
  const ofHeaders = paths.filter(isHeader);
  const headers = new Set([...CREDENTIAL_HEADERS, ...ofHeaders.map(([, name]) => name.toLowerCase())]);
  // A path inside a header's value is taken out together with the header.
  const others = paths.filter(([first, name]) => first !== 'headers' || !headers.has(name?.toLowerCase() ?? ''));
  const sought = soughtWith(
    paths.filter(([first, , ...more]) => first === 'url' && more.length === 0).flatMap(([, name]) => name ?? []),
  );
  return (params) => {
    const taken: Taken[] = [];
    let recorded = params;
    for (const path of others) recorded = takeAt(recorded, path, pathText(path), taken);
    recorded = takeHeaders(recorded, headers, taken);
    return { recorded: takeFromUrl(recorded, sought, taken), taken };
  };
}

function isHeader(path: ParameterPath): path is readonly ['headers', string] {
  return path.length === 2 && path[0] === 'headers';
}

/** The parameters without the value at the path; the same object if there is none. */
function takeAt(params: Params, path: readonly string[], place: string, taken: Taken[]): Params {
  const [name = '', ...rest] = path;
  const value = Object.hasOwn(params, name) ? params[name] : null;
  let left: unknown = FILTERED;
  if (rest.length > 0) left = isObject(value) ? takeAt(value, rest, place, taken) : value;
  else if (value === null) left = null;
  else taken.push({ place, original: value });
  return left === value ? params : withMember(params, name, left);
}

function takeHeaders(params: Params, names: ReadonlySet<string>, taken: Taken[]): Params {
  const { headers } = params;
  if (!isObject(headers)) return params;
  const found = Object.keys(headers).filter((name) => headers[name] !== null && names.has(name.toLowerCase()));
  if (found.length === 0) return params;
  const left = copyOf(headers);
  for (const name of found) {
    taken.push({ place: pathText(['headers', name]), original: headers[name] });
    left[name] = FILTERED;
  }
  return withMember(params, 'headers', left);
}

function takeFromUrl(params: Params, sought: Sought, taken: Taken[]): Params {
  const { url } = params;
  if (typeof url !== 'string') return params;
  const left = redactUrl(url, sought);
  if (left === url) return params;
  taken.push({ place: 'url', original: url });
  return withMember(params, 'url', left);
}

/** A copy of the parameters with one member set. */
export function withMember(params: Params, name: string, value: unknown): Params {
  const copy = copyOf(params);
  copy[name] = value;
  return copy;
}

/** A copy without a prototype, like all parameters, so that `__proto__` is an ordinary name. */
function copyOf(params: Params): Params {
  return Object.assign(Object.create(null), params);
}
