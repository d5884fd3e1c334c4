import { conditionalAnswer } from '../../out/etag.ts';
import { renderWebhook } from '../../out/render-webhook.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { ofAlbum, webhookInPath, webhookSchema } from './webhook-schema.ts';

export const showWebhook = route({
  id: 'showWebhook',
  tag: 'Webhooks',
  method: 'GET',
  path: '/api/v1/webhooks/:id',
  access: 'caller',
  summary: 'Show a webhook',
  inPath: webhookInPath,
  query: ofAlbum,
  answers: { 200: { description: 'The webhook.', body: webhookSchema, headers: ['ETag'] } },
  problems: ['album-not-allowed', 'not-found', 'deliveries-unavailable'],
  async handle({ ctx, state, caller, query, inPath: { id } }, services) {
    const { view } = await ownWebhook(services, { state, caller }, id, query.album_id);
    return conditionalAnswer(ctx, renderWebhook(view, await services.webhooks.heldReason(view), services));
  },
});
