import { FILTERED, type Params } from '../events/event-types.ts';
import { isObject } from '../events/json.ts';
import { CREDENTIAL_HEADERS } from './credential-headers.ts';
import { type ParameterPath, placeOf } from './parameter-path.ts';
import { redactUrl } from './redact-url.ts';

/** A value with a credential, and where it was sent: what the record does not have of a request. */
export interface Taken {
  /** Such as `headers[Authorization]` or `url`. */
  readonly place: string;
  /** As it was sent: the whole value, of a URL too. */
  readonly original: unknown;
}

/** What comes of a request's parameters. */
export interface Redaction {
  /** What is recorded and echoed: as sent, but with `[FILTERED]` in the places that credentials were taken out of. */
  readonly recorded: Params;
  /** What was taken out. This is the one place that has the originals: who wants to keep them, sealed, takes them from here. */
  readonly taken: readonly Taken[];
}

/**
 * Makes the function that takes credentials out of the parameters of a POST, from exact places only: the operator's paths,
 * the values of `headers[NAME]` where NAME is one of `CREDENTIAL_HEADERS` in any case of its letters, and of the top-level
 * `url` the user info and the parameters that a known signer adds. Nothing else is looked at. A null stays.
 * The function copies only what changes, and takes time in proportion to what was sent.
 * @param paths the operator's; `headers[NAME]` among them goes by any case of its letters too
 */
export function redactor(paths: readonly ParameterPath[]): (params: Params) => Redaction {
  const ofHeaders = paths.filter(isHeader);
  const headers = new Set([...CREDENTIAL_HEADERS, ...ofHeaders.map(([, name]) => name.toLowerCase())]);
  // What lies within a header's value goes with it.
  const others = paths.filter(([first, name]) => first !== 'headers' || !headers.has(name?.toLowerCase() ?? ''));
  return (params) => {
    const taken: Taken[] = [];
    let recorded = params;
    for (const path of others) recorded = takeAt(recorded, path, placeOf(path), taken);
    recorded = takeHeaders(recorded, headers, taken);
    return { recorded: takeFromUrl(recorded, taken), taken };
  };
}

function isHeader(path: ParameterPath): path is readonly ['headers', string] {
  return path.length === 2 && path[0] === 'headers';
}

/** The parameters without what is at the path; the same object where nothing is there. */
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
    taken.push({ place: placeOf(['headers', name]), original: headers[name] });
    left[name] = FILTERED;
  }
  return withMember(params, 'headers', left);
}

function takeFromUrl(params: Params, taken: Taken[]): Params {
  const { url } = params;
  if (typeof url !== 'string') return params;
  const left = redactUrl(url);
  if (left === url) return params;
  taken.push({ place: 'url', original: url });
  return withMember(params, 'url', left);
}

function withMember(params: Params, name: string, value: unknown): Params {
  const copy = copyOf(params);
  copy[name] = value;
  return copy;
}

/** Without a prototype, as all parameters are, so that `__proto__` is a name like any other. */
function copyOf(params: Params): Params {
  return Object.assign(Object.create(null), params);
}
