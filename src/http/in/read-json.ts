import { isUtf8 } from 'node:buffer';
import type { Context } from 'koa';
import type { z } from 'zod';
import { isObject } from '../../events/json.ts';
import { malformed, unsupportedMediaType } from '../out/problem.ts';
import type { RequestState } from '../request.ts';
import { firstContentType, formatOf } from './bodies.ts';
import { refuseUnknown } from './known-parameters.ts';
import { refuseOtherCharset } from './params/charset.ts';
import { checkJsonLimits } from './params/json-limits.ts';
import { ParameterBudget } from './params/parameter-budget.ts';
import { notUtf8 } from './params/utf8.ts';
import { type BodyKind, readBody } from './read-body.ts';

export const JSON_LIMIT_BYTES = 65_536;

const JSON_BODY: BodyKind = {
  limitBytes: JSON_LIMIT_BYTES,
  assertRead(contentType) {
    const type = firstContentType(contentType);
    if (formatOf(type) !== 'json') throw jsonOnly();
    refuseOtherCharset(type);
  },
};

export const jsonOnly = () =>
  unsupportedMediaType('This route reads JSON only. Send a JSON object, with Content-Type: application/json.');

/**
 * The members of a JSON object as they were declared. An empty body is an object without members. Then begins the request's share of the
 * event loop.
 * @throws {Problem} 400 that names each member that is wrong, and says what is right; and those of `readBody`
 * @throws {BadParameters}
 */
export async function readJson<Body extends z.ZodObject>(
  ctx: Context,
  state: RequestState,
  declared: Body,
): Promise<z.output<Body>> {
  const bytes = await readBody(ctx, state, JSON_BODY);
  await state.share.begin();
  const members = bytes.length === 0 ? {} : membersOf(bytes);
  refuseUnknown(Object.keys(members), Object.keys(declared.shape), 'The body takes', 'members');
  const { data, error } = declared.safeParse(members);
  if (error === undefined) return data;
  const faults = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${String(path[0])} ${message}`,
  );
  throw malformed([...new Set(faults)].join(' '));
}

function membersOf(bytes: Buffer): { [name: string]: unknown } {
  if (!isUtf8(bytes)) throw notUtf8();
  checkJsonLimits(bytes, new ParameterBudget());
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    throw malformed('The body is not valid JSON. Send a JSON object.');
  }
  if (!isObject(value)) throw malformed('The body is JSON, but not an object. Send a JSON object: {"name": value, …}.');
  return value;
}
