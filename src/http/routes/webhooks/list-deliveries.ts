import { z } from 'zod';
import type { Delivery } from '../../../subscribers/webhooks/delivery-store.ts';
import { listCursorText, parseListCursor } from '../../in/list-cursor.ts';
import { cursor, limitUpTo, parameter } from '../../in/query-values.ts';
import { conditionalAnswer } from '../../out/etag.ts';
import { nextLink } from '../../out/next-link.ts';
import { renderDelivery } from '../../out/render-delivery.ts';
import { renderList } from '../../out/render-list.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { DELIVERY_STATUSES, deliverySchema } from './delivery-schema.ts';
import { albumInQuery, webhookInPath } from './webhook-schema.ts';

/** A delivery may have 20 attempts with a kilobyte each. */
const HIGHEST_LIMIT = 100;

export const listDeliveries = route({
  id: 'listDeliveries',
  tag: 'Webhooks',
  method: 'GET',
  path: '/api/v1/webhooks/:id/deliveries',
  access: 'caller',
  summary: 'List the deliveries of a webhook',
  description:
    'What was sent, what waits, and what came of it, newest first, a page at a time. Follow the `Link` header until there is none. Deliveries are kept ' +
    'for 30 days, at most 100,000 of a webhook, and fewer if the disk is full.',
  inPath: webhookInPath,
  query: z.object({
    status: parameter(
      z.enum(DELIVERY_STATUSES, { error: `takes one of ${DELIVERY_STATUSES.join(', ')}.` }).optional(),
      'Only deliveries with this status.',
    ),
    album_id: albumInQuery,
    limit: limitUpTo(HIGHEST_LIMIT),
    cursor: cursor(parseListCursor),
  }),
  answers: {
    200: {
      description: 'A page of deliveries; empty if there are none.',
      body: z.array(deliverySchema).max(HIGHEST_LIMIT),
      headers: ['ETag', 'Link'],
    },
  },
  problems: ['album-not-allowed', 'not-found', 'deliveries-unavailable'],
  async handle({ ctx, state, caller, query, inPath: { id } }, services) {
    const { view } = await ownWebhook(services, { state, caller }, id, query.album_id);
    const { status, limit } = query;
    const asked = { endpoint: view.id, status, before: query.cursor, limit: limit + 1 };
    const { page, isLast, text } = await services.limits.deliveryPages.run(caller.organizationId, async () => {
      const found = await services.webhooks.deliveries(asked);
      const page = found.slice(0, limit);
      await state.large.enterIfLarge(charactersOf(page));
      await state.share.resume();
      const text = await renderList(ctx, page, (delivery) => [renderDelivery(delivery, services)]);
      return { page, isLast: found.length <= limit, text };
    });
    const last = page.at(-1);
    if (isLast || last === undefined) return conditionalAnswer(ctx, text);
    const path = `/api/v1/webhooks/${view.id}/deliveries`;
    const link = nextLink(services.ownOrigin(ctx.req), path, { ...query, cursor: listCursorText(last) });
    return conditionalAnswer(ctx, text, [['Link', link]]);
  },
});

function charactersOf(deliveries: readonly Delivery[]): number {
  const attempts = deliveries.flatMap((delivery) => delivery.attempts);
  return attempts.reduce((sum, { answer }) => sum + (answer?.length ?? 0), 0);
}
