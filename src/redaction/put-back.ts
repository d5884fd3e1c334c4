import type { Params } from '../events/import-events.ts';
import { isObject } from '../events/json.ts';
import { type ParameterPath, pathIn } from './parameter-path.ts';
import { type Taken, withMember } from './redact.ts';

/** The parameters as they were sent: recorded ones with all in its place that was taken out of them. */
export function putBack(recorded: Params, taken: readonly Taken[]): Params {
  return taken.reduce((params, { place, original }) => withValueAt(params, pathIn(place), original), recorded);
}

function withValueAt(params: Params, [name = '', ...rest]: ParameterPath, value: unknown): Params {
  if (rest.length === 0) return withMember(params, name, value);
  const inner = Object.hasOwn(params, name) ? params[name] : null;
  return isObject(inner) ? withMember(params, name, withValueAt(inner, rest, value)) : params;
}
