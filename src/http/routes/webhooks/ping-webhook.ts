import { jsonAnswer } from '../../out/json-answer.ts';
import { renderDelivery } from '../../out/render-delivery.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { deliverySchema } from './delivery-schema.ts';
import { assertCanSend } from './on-webhook.ts';
import { ofAlbum, webhookInPath } from './webhook-schema.ts';

export const pingWebhook = route({
  id: 'pingWebhook',
  tag: 'Webhooks',
  method: 'POST',
  path: '/api/v1/webhooks/:id/ping',
  access: 'caller',
  summary: 'Try a webhook',
  description:
    'Sends a ping, once, even if the webhook is disabled, and answers with what came of it, after 15 seconds at most. A ping is no event.',
  inPath: webhookInPath,
  query: ofAlbum,
  answers: { 200: { description: 'The ping and its attempt, successful or not.', body: deliverySchema } },
  problems: ['album-not-allowed', 'not-found', 'conflict', 'deliveries-unavailable'],
  async handle({ state, caller, query, inPath: { id } }, services) {
    const { view } = await ownWebhook(services, { state, caller }, id, query.album_id);
    await assertCanSend(services.webhooks, view);
    const sent = await services.limits.attempts.run(caller.organizationId, () => services.webhooks.ping(view));
    return jsonAnswer(renderDelivery(sent, services));
  },
});
