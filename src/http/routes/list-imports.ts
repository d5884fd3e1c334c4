import { z } from 'zod';
import { importPage } from '../import-page.ts';
import { assertCombined, COMBINATIONS, importFilters } from '../in/import-filters.ts';
import { listCursorText } from '../in/list-cursor.ts';
import { conditionalAnswer } from '../out/etag.ts';
import { nextLink } from '../out/next-link.ts';
import { albumNotAllowed } from '../out/problem.ts';
import { renderImport } from '../out/render-import.ts';
import { renderList } from '../out/render-list.ts';
import { route } from '../route.ts';
import { whole } from '../whole-list.ts';
import { importSchema } from './import-schema.ts';

/** The imports of the organization. A page has fewer items if its imports are large. */
export const listImports = route({
  id: 'listImports',
  tag: 'Imports',
  method: 'GET',
  path: '/api/v1/imports',
  access: 'caller',
  summary: 'List imports',
  description:
    'The imports of the organization of the caller, newest first, a page at a time. Follow the `Link` header until there is none. If imports are ' +
    'large, a page may have fewer than `limit` items although there is a next page. A request with a token for some albums must name one of them in ' +
    `\`album_id\`. Besides the times, these filters can be combined: ${COMBINATIONS}. Others are refused.`,
  query: importFilters,
  answers: {
    200: {
      description: 'A page of imports; empty if none match.',
      body: z.array(importSchema).max(500),
      headers: ['ETag', 'Link'],
    },
  },
  problems: ['album-not-allowed', 'views-behind'],
  async handle({ ctx, state, caller, query }, services) {
    const { abilities, organizationId } = caller;
    // A token for some albums may list one of these, not the organization.
    if (!abilities.all && !abilities.on(query.album_id ?? null)) throw albumNotAllowed(query.album_id);
    assertCombined(query);
    const asked = {
      organizationId,
      having: { album_id: query.album_id, import_type: query.import_type, status: query.status, reason: query.reason },
      createdAfter: query.created_after,
      createdBefore: query.created_before,
      after: query.cursor,
      limit: query.limit,
    };
    const { items: imports, isLast } = await whole(services, () => importPage(services, state, asked));
    await state.share.resume();
    const text = await renderList(ctx, imports, ({ view }) => [renderImport(view, services.inZone)]);
    const last = imports.at(-1)?.view;
    if (isLast || last === undefined) return conditionalAnswer(ctx, text);
    const cursor = listCursorText({ createdAt: last.created_at, id: last.id });
    const link = nextLink(services.ownOrigin(ctx.req), '/api/v1/imports', { ...query, cursor });
    return conditionalAnswer(ctx, text, [['Link', link]]);
  },
});
