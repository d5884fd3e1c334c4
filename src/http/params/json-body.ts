import { isUtf8 } from 'node:buffer';
import type { Params } from '../../events/event-types.ts';
import { isNumberAsSent, parseJson } from '../../events/json.ts';
import { BadParameters } from './bad-parameters.ts';
import { checkJsonLimits } from './json-limits.ts';
import type { ParameterBudget } from './parameter-budget.ts';
import { notUtf8 } from './utf8.ts';

/**
 * The parameters of a JSON body that is not empty: an object's members; anything else is the parameter `_json`.
 * @throws {BadParameters} `malformed_json`, `not_utf8`, `parameters_too_deep`, `too_many_parameters`.
 */
export function parseJsonBody(body: Buffer, budget: ParameterBudget): Params {
  if (!isUtf8(body)) throw notUtf8();
  checkJsonLimits(body, budget);
  const value = asParameter(parse(body.toString()));
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

/** As Rails has it: objects without a prototype, no null in a list, and text that UTF-8 can write. */
function asParameter(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(asParameter).filter((element) => element !== null);
  if (!isObject(value)) return value;
  const members: Params = Object.create(null);
  for (const name of Object.keys(value)) members[wellFormed(name)] = asParameter(value[name]);
  return members;
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumberAsSent(value);
}

/** Half of a surrogate pair can be escaped in JSON (`"\ud800"`), yet no UTF-8 can write it. */
function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw notUtf8();
  return text;
}
