import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import type { ImportQuery, Stored } from '../../projections/read-model.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../authenticate.ts';
import { conditionalAnswer, etagOfPage } from '../etag.ts';
import { importCursorText } from '../import-cursor.ts';
import { type ImportFilters, importFilters } from '../import-filters.ts';
import { nextLink } from '../next-link.ts';
import { parseQuery } from '../params/parse-params.ts';
import { albumNotAllowed, unavailable } from '../problem.ts';
import { renderImport } from '../render-import.ts';
import type { Services } from '../services.ts';

/** Of the parameters of a page's imports, in characters: one import alone may have over a million. */
const LARGEST_PAGE = 2_000_000;
const IMPORTS_A_STEP = 50;

/** Where a replay has put another version in the live one's place, the follower goes over to it within a second: a list waits for that. */
const GOING_OVER_MS = 1_500;
const POLL_MS = 20;

/** GET /api/v1/imports: the organization's imports, newest first, a page at a time. */
export function listImports({ readModel, follower, inZone }: Services) {
  return async (ctx: Context, caller: Caller): Promise<Answer> => {
    const filters = importFilters(parseQuery(ctx.querystring));
    // A token for single albums may list an album, not the organization.
    if (!caller.abilities.all && !caller.abilities.on(filters.albumId ?? null)) throw albumNotAllowed(filters.albumId);
    const { page, isLast } = await whole(() => pageOf({ ...filters, organizationId: caller.organizationId }));
    const last = isLast ? undefined : page.at(-1)?.view;
    const cursor = last && importCursorText({ createdAt: last.created_at, id: last.id });
    const next = cursor === undefined ? '' : nextLink(ctx.path, queryOf(filters, cursor));
    return conditionalAnswer(
      ctx,
      etagOfPage(page, next),
      () => `[${page.map(({ view }) => renderImport(view, inZone)).join(',')}]`,
      next === '' ? [] : [['Link', next]],
    );
  };

  /** What is read, once nothing is missing from it that was acknowledged before. */
  async function whole<T>(read: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + GOING_OVER_MS;
    let isGoingOver = false;
    for (;;) {
      const { caughtUp, goingOver, position, generation } = follower.status();
      const found = caughtUp ? await read() : null;
      // Only now: so it was read from that generation, too.
      const checkpoint = await readModel.checkpoint();
      const isSame = checkpoint?.generation === generation;
      if (found !== null && isSame && checkpoint.position >= position) return found;
      isGoingOver ||= goingOver || (caughtUp && checkpoint !== null && !isSame);
      if (!isGoingOver || performance.now() > deadline) {
        throw unavailable(
          'views-behind',
          'The list is being built from the event log and would be incomplete. Try again.',
        );
      }
      await sleep(POLL_MS);
    }
  }

  /** A page of at most `limit`, shorter where its imports are large; read in steps, between which others get their turn. */
  async function pageOf(query: ImportQuery): Promise<{ page: Stored<'import'>[]; isLast: boolean }> {
    const page: Stored<'import'>[] = [];
    let characters = 0;
    let after = query.after;
    while (page.length < query.limit && characters < LARGEST_PAGE) {
      const limit = Math.min(IMPORTS_A_STEP, query.limit - page.length);
      // One more than is wanted tells whether there are more.
      const found = await readModel.listImports({ ...query, after, limit: limit + 1 });
      for (const stored of found.slice(0, limit)) {
        if (page.length > 0 && characters + stored.view.params.length > LARGEST_PAGE) return { page, isLast: false };
        page.push(stored);
        characters += stored.view.params.length;
        after = { createdAt: stored.view.created_at, id: stored.view.id };
      }
      if (found.length <= limit) return { page, isLast: true };
      await nextTurn();
    }
    return { page, isLast: false };
  }
}

/** The query of the page that goes on at `cursor`. */
function queryOf(filters: ImportFilters, cursor: string): { [name: string]: string | undefined } {
  const { albumId, importType, createdAfter, createdBefore, limit } = filters;
  return {
    album_id: albumId,
    import_type: importType,
    created_after: createdAfter,
    created_before: createdBefore,
    limit: String(limit),
    cursor,
  };
}
