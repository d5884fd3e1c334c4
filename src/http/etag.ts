import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Stored } from '../projections/read-model.ts';
import { type Answer, JSON_TYPE } from './answer.ts';
import { stopIfGone } from './caller-gone.ts';

/**
 * The entity tag of a view: its revision. Weak, since the same view may be sent plain and zipped.
 */
export function etagOf(stored: Stored): string {
  return `W/"${stored.revision}"`;
}

/** The entity tag of a page of views: it changes with any of them, their order, or what `more` says of the next page. */
export function etagOfPage(page: readonly Stored[], more: string): string {
  const text = page.map(({ view, revision }) => `${view.id} ${revision}`).join('\n');
  return `W/"${createHash('sha256').update(`${text}\n${more}`).digest('base64url').slice(0, 22)}"`;
}

/** The answer to a GET: 304 without a body where the caller already has this very thing. */
export function conditionalAnswer(
  ctx: Context,
  etag: string,
  body: () => string,
  further: readonly (readonly [string, string])[] = [],
): Answer {
  const headers = [['ETag', etag] as const, ...further];
  if (isKnown(ctx.headers['if-none-match'], etag)) {
    return { status: 304, contentType: null, body: '', further: headers };
  }
  stopIfGone(ctx.req);
  return { status: 200, contentType: JSON_TYPE, body: body(), further: headers };
}

/** `If-None-Match` compares weakly. Source: RFC 9110, 13.1.2. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
