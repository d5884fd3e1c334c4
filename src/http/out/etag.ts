import { hash } from 'node:crypto';
import type { Context } from 'koa';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './json-answer.ts';

/**
 * The answer to a GET: 304 without a body if the caller already has the same answer.
 * @param further headers that belong to its meaning, such as `Link`
 */
export async function conditionalAnswer(
  ctx: Context,
  json: string,
  further: readonly (readonly [string, string])[] = [],
): Promise<Answer> {
  const etag = etagOf(json, further);
  const headers = [['ETag', etag] as const, ...further];
  if (isKnown(ctx.headers['if-none-match'], etag)) {
    return { status: 304, contentType: null, body: '', further: headers };
  }
  return jsonAnswer(json, headers);
}

/**
 * The entity tag of an answer. Whatever changes the answer (an event, a repair, another zone, another release) changes the tag. It is
 * weak, since the same answer may be sent plain and zipped.
 */
function etagOf(json: string, further: readonly (readonly [string, string])[]): string {
  const ofBody = digestOf(json);
  return `W/"${further.length === 0 ? ofBody : digestOf(`${ofBody} ${JSON.stringify(further)}`)}"`;
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** An element of a list of entity tags, with the commas before it. Source: RFC 9110, 8.8.3 and 5.6.1. */
const LISTED_TAG = /[ \t,]*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y;

/** Compares weakly. Text after anything that is no entity tag is ignored. Source: RFC 9110, 13.1.2. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  LISTED_TAG.lastIndex = 0;
  for (let tag = LISTED_TAG.exec(ifNoneMatch); tag !== null; tag = LISTED_TAG.exec(ifNoneMatch)) {
    if (etag === `W/"${tag[1]}"`) return true;
  }
  return false;
}
