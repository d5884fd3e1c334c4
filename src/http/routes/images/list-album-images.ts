import { z } from 'zod';
import { importPage } from '../../import-page.ts';
import { listCursorText, parseListCursor } from '../../in/list-cursor.ts';
import { cursor, limit, parameter } from '../../in/query-values.ts';
import { conditionalAnswer } from '../../out/etag.ts';
import { nextLink } from '../../out/next-link.ts';
import { albumNotAllowed } from '../../out/problem.ts';
import { renderImage } from '../../out/render-image.ts';
import { renderList } from '../../out/render-list.ts';
import { shownImage } from '../../own-image.ts';
import { route } from '../../route.ts';
import { whole } from '../../whole-list.ts';
import { EXAMPLE } from '../examples.ts';
import { imageSchema } from './image-schema.ts';

export const listAlbumImages = route({
  id: 'listAlbumImages',
  tag: 'Images',
  method: 'GET',
  path: '/api/v1/albums/:album_id/images',
  access: 'caller',
  summary: 'List the images of an album',
  description:
    'The images that have arrived in the album, a page at a time: those whose import was asked for last come first. Follow the `Link` header until there is ' +
    'none. A page may have fewer than `limit` items although there is a next page. An album of which nothing is known is empty.',
  inPath: z.object({ album_id: parameter(z.string(), 'The `album_id` of the imports.', EXAMPLE.album) }),
  query: z.object({ limit, cursor: cursor(parseListCursor) }),
  answers: {
    200: {
      description: 'A page of images; empty if there are none.',
      body: z.array(imageSchema).max(500),
      headers: ['ETag', 'Link'],
    },
  },
  problems: ['album-not-allowed', 'views-behind'],
  async handle({ ctx, state, caller, query, inPath: { album_id } }, services) {
    if (!caller.abilities.on(album_id)) throw albumNotAllowed(album_id);
    const asked = {
      organizationId: caller.organizationId,
      having: { album_id, status: 'succeeded' },
      after: query.cursor,
      limit: query.limit,
    };
    const { items, isLast } = await whole(services, () => importPage(services, state, asked));
    await state.share.resume();
    const origin = services.ownOrigin(ctx.req);
    const text = await renderList(ctx, items, ({ view }) => [renderImage(shownImage(view), origin, services.inZone)]);
    const last = items.at(-1)?.view;
    if (isLast || last === undefined) return conditionalAnswer(ctx, text);
    const next = listCursorText({ createdAt: last.created_at, id: last.id });
    const path = `/api/v1/albums/${encodeURIComponent(album_id)}/images`;
    return conditionalAnswer(ctx, text, [['Link', nextLink(origin, path, { ...query, cursor: next })]]);
  },
});
