import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Params } from '../../events/event-types.ts';
import type { ImportPage, ImportQuery } from '../../projections/read-model.ts';
import type { Caller } from '../in/authenticate.ts';
import { stopIfGone } from '../in/caller-gone.ts';
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

/** Where a replay has put another version in the live one's place, the follower goes over to it within a second: a list waits for that. */
const GOING_OVER_MS = 1_500;
const POLL_MS = 20;

/** GET /api/v1/imports: the organization's imports, newest first, a page at a time; a page is shorter where its imports are large. */
export function listImports({ readModel, follower, ownOrigin, inZone }: Services) {
  return async (ctx: Context, caller: Caller, params: Params): Promise<Answer> => {
    const filters = importFilters(params);
    // A token for single albums may list an album, not the organization.
    if (!caller.abilities.all && !caller.abilities.on(filters.albumId ?? null)) throw albumNotAllowed(filters.albumId);
    const query = { ...filters, organizationId: caller.organizationId };
    const { imports, isLast } = await whole(ctx, () => page(ctx, query));
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
  async function page(ctx: Context, query: ImportQuery): Promise<ImportPage> {
    const small = await readModel.listImports({ ...query, maxCharacters: LARGE_BYTES });
    if (small.isLast || small.imports.length === query.limit) return small;
    await (ctx.state as RequestState).large.enter();
    return readModel.listImports({ ...query, maxCharacters: MAX_CHARACTERS });
  }

  /** What is read, once nothing is missing from it that was acknowledged before. */
  async function whole<T>(ctx: Context, read: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + GOING_OVER_MS;
    let isGoingOver = false;
    for (;;) {
      stopIfGone(ctx.req);
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
