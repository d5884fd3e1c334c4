import type { Context } from 'koa';
import type { ImportQuery } from '../../projections/read-model.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../authenticate.ts';
import { conditionalAnswer, etagOfPage } from '../etag.ts';
import { cursorText } from '../import-cursor.ts';
import { type ImportFilters, importFilters } from '../import-filters.ts';
import { parseQuery } from '../params/parse-params.ts';
import { accessDenied, unavailable } from '../problem.ts';
import { renderImport } from '../render-import.ts';
import type { Services } from '../services.ts';

/** GET /api/v1/imports: the organization's imports, newest first, a page at a time. */
export function listImports({ readModel, follower, inZone }: Services) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const filters = importFilters(parseQuery(ctx.querystring));
    // A token for single albums may list an album, not the organization.
    if (!caller.abilities.all && !caller.abilities.on(filters.albumId ?? null)) throw accessDenied();
    if (!follower.status().caughtUp) {
      throw unavailable(
        'views-behind',
        'The list is being built from the event log and would be incomplete. Try again.',
      );
    }
    const query: ImportQuery = { ...filters, organizationId: caller.organizationId, limit: filters.limit + 1 };
    const found = await readModel.listImports(query);
    const page = found.slice(0, filters.limit);
    const last = found.length > page.length ? page.at(-1)?.view : undefined;
    const next =
      last === undefined ? '' : nextLink(ctx.path, filters, cursorText({ createdAt: last.created_at, id: last.id }));
    return conditionalAnswer(
      ctx,
      etagOfPage(page, next),
      () => `[${page.map(({ view }) => renderImport(view, inZone)).join(',')}]`,
      next === '' ? [] : [['Link', next]],
    );
  };
}

/** RFC 8288; relative to the request, so that it holds behind any proxy. */
function nextLink(path: string, filters: ImportFilters, cursor: string): string {
  const { albumId, importType, createdAfter, createdBefore, limit } = filters;
  const query = new URLSearchParams();
  if (albumId !== undefined) query.set('album_id', albumId);
  if (importType !== undefined) query.set('import_type', importType);
  if (createdAfter !== undefined) query.set('created_after', createdAfter);
  if (createdBefore !== undefined) query.set('created_before', createdBefore);
  query.set('limit', String(limit));
  query.set('cursor', cursor);
  return `<${path}?${query}>; rel="next"`;
}
