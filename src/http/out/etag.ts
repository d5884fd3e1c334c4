import { hash } from 'node:crypto';
import type { Context } from 'koa';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './json-answer.ts';

/**
 * The answer to a GET: 304 without a body where the caller already has this very thing.
 * @param further headers that say something about it, as `Link` does
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
 * The entity tag of what is sent: whatever makes the answer another one (an event, a repair, another zone, another release) makes the
 * tag another one. Weak, since the same may be sent plain and zipped.
 */
function etagOf(json: string, further: readonly (readonly [string, string])[]): string {
  const ofBody = digestOf(json);
  return `W/"${further.length === 0 ? ofBody : digestOf(`${ofBody} ${JSON.stringify(further)}`)}"`;
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** An element of a list of entity tags, from the commas before it on. Source: RFC 9110, 8.8.3 and 5.6.1. */
const LISTED_TAG = /[ \t,]*(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y;

/** `If-None-Match` compares weakly. What comes after something that is no entity tag is not looked at. Source: RFC 9110, 13.1.2. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  LISTED_TAG.lastIndex = 0;
  for (let tag = LISTED_TAG.exec(ifNoneMatch); tag !== null; tag = LISTED_TAG.exec(ifNoneMatch)) {
    if (etag === `W/"${tag[1]}"`) return true;
  }
  return false;
}
