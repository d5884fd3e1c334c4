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
  return answerTagged(ctx, etag, () => jsonAnswer(json, [['ETag', etag], ...further]), further);
}

/** 304 if the caller has what the tag names; else the other answer. */
export async function answerTagged(
  { headers }: Pick<Context, 'headers'>,
  etag: string,
  answer: () => Promise<Answer>,
  further: Answer['further'] = [],
): Promise<Answer> {
  if (!isKnown(headers['if-none-match'], etag)) return answer();
  return { status: 304, contentType: null, body: '', further: [['ETag', etag], ...further] };
}

/**
 * The entity tag of an answer. Whatever changes the answer (an event, a repair, another zone, another release) changes the tag. It is
 * weak, since the same answer may be sent plain and zipped.
 */
function etagOf(json: string, further: readonly (readonly [string, string])[]): string {
  const ofBody = digestOf(json);
  return `W/"${further.length === 0 ? ofBody : digestOf(`${ofBody} ${JSON.stringify(further)}`)}"`;
}

/** What a tag is made of. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** An element of a list of entity tags, with the commas before it. Source: RFC 9110, 8.8.3 and 5.6.1. */
const LISTED_TAG = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/y;

/** Whether an `If-None-Match` names the tag. Compares weakly. Source: RFC 9110, 13.1.2. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return names(ifNoneMatch, (tag) => opaqueOf(tag) === opaqueOf(etag));
}

/** Whether an `If-Match` is fulfilled; it is if there is none. Compares strongly: a weak tag never counts. Source: RFC 9110, 13.1.1. */
export function isAsExpected(ifMatch: string | undefined, etag: string): boolean {
  return ifMatch === undefined || names(ifMatch, (tag) => tag === etag);
}

/** Text after anything that is no entity tag is ignored. */
function names(list: string | undefined, isIt: (tag: string) => boolean): boolean {
  if (list === undefined) return false;
  if (list.trim() === '*') return true;
  LISTED_TAG.lastIndex = 0;
  for (let tag = LISTED_TAG.exec(list); tag !== null; tag = LISTED_TAG.exec(list)) {
    if (isIt(tag[1] as string)) return true;
  }
  return false;
}

function opaqueOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
