import { isUtf8 } from 'node:buffer';
import type { Params } from '../../../events/import-events.ts';
import { isNumberAsSent, isObject, parseJson } from '../../../events/json.ts';
import { BadParameters, quoteName } from './bad-parameters.ts';
import { checkJsonLimits } from './json-limits.ts';
import type { ParameterBudget } from './parameter-budget.ts';
import { notUtf8 } from './utf8.ts';

/**
 * The parameters of a JSON body that is not empty: the members of an object. Any other value is the parameter `_json`.
 * @throws {BadParameters} `malformed_json`, `not_utf8`, `number_out_of_range`, `parameters_too_deep`, `too_many_parameters`.
 */
export function parseJsonBody(body: Buffer, budget: ParameterBudget): Params {
  if (!isUtf8(body)) throw notUtf8();
  checkJsonLimits(body, budget);
  const value = asParameter(parse(body.toString()), '_json');
  if (isObject(value)) return value;
  const params: Params = Object.create(null);
  params._json = value;
  return params;
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    throw new BadParameters('malformed_json', 'The body is not valid JSON: correct it, or correct its Content-Type.');
  }
}

/**
 * The value as in Rails: no null in a list, and only text that UTF-8 can write. Objects have no prototype.
 * @param within the name of the member that holds the value, for the error
 */
function asParameter(value: unknown, within: string): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (isNumberAsSent(value)) return inRange(value, within);
  if (Array.isArray(value)) {
    return value.map((element) => asParameter(element, within)).filter((element) => element !== null);
  }
  if (!isObject(value)) return value;
  const members: Params = Object.create(null);
  for (const name of Object.keys(value)) members[wellFormed(name)] = asParameter(value[name], name);
  return members;
}

/** Refuses a number that is too large for a double: many JSON readers fail on it. One that is too small is read as 0 everywhere. */
function inRange<T extends { readonly rawJSON: string }>(number: T, within: string): T {
  if (Number.isFinite(Number(number.rawJSON))) return number;
  throw new BadParameters(
    'number_out_of_range',
    `Parameter ${quoteName(within)} has a number beyond the range of a double (1.8e308): send it as a string.`,
  );
}

/** Refuses half of a surrogate pair: it can be escaped in JSON (`"\ud800"`), but UTF-8 cannot write it. */
function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw notUtf8();
  return text;
}
