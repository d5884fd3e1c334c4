import { z } from 'zod';
import { ReadModelUnavailable } from '../../../projections/errors.ts';
import { listCursorText, parseListCursor } from '../../in/list-cursor.ts';
import { cursor, limit, parameter } from '../../in/query-values.ts';
import { conditionalAnswer } from '../../out/etag.ts';
import { nextLink } from '../../out/next-link.ts';
import { renderWebhook } from '../../out/render-webhook.ts';
import { assertAlbum } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { whole } from '../../whole-list.ts';
import { EXAMPLE } from '../examples.ts';
import { albumInQuery, webhookSchema } from './webhook-schema.ts';

export const listWebhooks = route({
  id: 'listWebhooks',
  tag: 'Webhooks',
  method: 'GET',
  path: '/api/v1/webhooks',
  access: 'caller',
  summary: 'List webhooks',
  description:
    'The webhooks of the organization of the caller, newest first, a page at a time. Follow the `Link` header until there is none. Deleted ones are ' +
    'not listed. A request with a token for some albums must name one of them in `album_id`, and gets the webhooks of that album.',
  query: z.object({
    album_id: albumInQuery,
    organization_id: parameter(
      z
        .uuid({ error: `takes a UUID, such as ${EXAMPLE.organization}.` })
        .toLowerCase()
        .optional(),
      'For operators: the webhooks of this organization. Other callers get those of their own only.',
      EXAMPLE.organization,
    ),
    limit,
    cursor: cursor(parseListCursor),
  }),
  answers: {
    200: {
      description: 'A page of webhooks; empty if there are none.',
      body: z.array(webhookSchema).max(500),
      headers: ['ETag', 'Link'],
    },
  },
  problems: ['album-not-allowed', 'views-behind', 'deliveries-unavailable'],
  async handle({ ctx, state, caller, query }, services) {
    assertAlbum(caller, query.album_id);
    const organizationId = query.organization_id ?? caller.organizationId;
    if (organizationId !== caller.organizationId && !caller.isOperator) return conditionalAnswer(ctx, '[]');
    const { lists, readModel } = services;
    const list = () =>
      readModel.list('webhook', {
        organizationId,
        having: {
          is_deleted: 'no',
          album_id: query.album_id,
          // Those of operators are for operators.
          ...(!caller.isOperator && { sees: 'organization' }),
        },
        after: query.cursor,
        limit: query.limit,
      });
    const { items, isLast } = await whole(services, () => lists.watch(list, ReadModelUnavailable));
    const held = await Promise.all(items.map(({ view }) => services.webhooks.heldReason(view)));
    await state.share.resume();
    const text = `[${items.map(({ view }, index) => renderWebhook(view, held[index] ?? null, services)).join(',')}]`;
    const last = items.at(-1)?.view;
    if (isLast || last === undefined) return conditionalAnswer(ctx, text);
    const next = listCursorText({ createdAt: last.created_at, id: last.id });
    const link = nextLink(services.ownOrigin(ctx.req), '/api/v1/webhooks', { ...query, cursor: next });
    return conditionalAnswer(ctx, text, [['Link', link]]);
  },
});
