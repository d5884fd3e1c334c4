import type { Context } from 'koa';
import type { Params } from '../../events/event-types.ts';
import { type ListPage, type ListQuery, ReadModelUnavailable } from '../../projections/read-model.ts';
import type { Caller } from '../in/authenticate.ts';
import { importCursorText } from '../in/import-cursor.ts';
import { type ImportFilters, importFilters } from '../in/import-filters.ts';
import { LARGE_BYTES } from '../limits/large-work.ts';
import type { Answer } from '../out/answer.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { nextLink } from '../out/next-link.ts';
import { albumNotAllowed, unavailable } from '../out/problem.ts';
import { renderImport } from '../out/render-import.ts';
import { renderList } from '../out/render-list.ts';
import type { RequestState } from '../request.ts';
import type { Services } from '../services.ts';

/** Of the parameters of a page's imports: one import alone may have over a million. */
const MAX_CHARACTERS = 2_000_000;

/** GET /api/v1/imports: the organization's imports, newest first, a page at a time; a page is shorter where its imports are large. */
export function listImports({ readModel, lists, follower, ownOrigin, inZone }: Services) {
  return async (ctx: Context, caller: Caller, params: Params): Promise<Answer> => {
    const filters = importFilters(params);
    // A token for single albums may list an album, not the organization.
    if (!caller.abilities.all && !caller.abilities.on(filters.having?.album_id ?? null))
      throw albumNotAllowed(filters.having?.album_id);
    const query = { ...filters, organizationId: caller.organizationId };
    const { items: imports, isLast } = await whole(() => page(ctx, query));
    await (ctx.state as RequestState).share.goOn();
    const text = await renderList(ctx, imports, ({ view }) => [renderImport(view, inZone)]);
    const last = imports.at(-1)?.view;
    if (isLast || last === undefined) return conditionalAnswer(ctx, text);
    const cursor = importCursorText({ createdAt: last.created_at, id: last.id });
    return conditionalAnswer(ctx, text, [
      ['Link', nextLink(ownOrigin(ctx.req), '/api/v1/imports', queryOf(filters, cursor))],
    ]);
  };

  /** A page is read whole only in the turn of a large one. */
  async function page(ctx: Context, query: ListQuery<'import'>): Promise<ListPage<'import'>> {
    const small = await list({ ...query, maxCharacters: LARGE_BYTES });
    if (small.isLast || small.items.length === query.limit) return small;
    await (ctx.state as RequestState).large.enter();
    return list({ ...query, maxCharacters: MAX_CHARACTERS });
  }

  /** A store may read single views and yet fail at lists: `/readyz` tells. */
  function list(query: ListQuery<'import'>): Promise<ListPage<'import'>> {
    return lists.watch(() => readModel.list('import', query), ReadModelUnavailable);
  }

  /** What is read, if nothing is missing from it that was acknowledged before. */
  async function whole<T>(read: () => Promise<T>): Promise<T> {
    const { caughtUp, position, generation } = follower.status();
    const found = caughtUp ? await read() : null;
    // Only now: so it was read from that generation, too.
    const checkpoint = await readModel.checkpoint();
    const isWhole = checkpoint?.generation === generation && checkpoint.position >= position;
    if (found !== null && isWhole) return found;
    throw unavailable('views-behind', 'The list is being built from the event log and would be incomplete. Try again.');
  }
}

/** The query of the page that goes on at `cursor`. */
function queryOf(filters: ImportFilters, cursor: string): { [name: string]: string | undefined } {
  const { having, createdAfter, createdBefore, limit } = filters;
  return {
    ...having,
    created_after: createdAfter,
    created_before: createdBefore,
    limit: String(limit),
    cursor,
  };
}
