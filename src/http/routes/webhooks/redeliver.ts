import { jsonAnswer } from '../../out/json-answer.ts';
import { conflict, noSuchDelivery } from '../../out/problem.ts';
import { renderDelivery } from '../../out/render-delivery.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { deliverySchema } from './delivery-schema.ts';
import { assertCanSend } from './on-webhook.ts';
import { deliveryInPath, ofAlbum } from './webhook-schema.ts';

export const redeliver = route({
  id: 'redeliver',
  tag: 'Webhooks',
  method: 'POST',
  path: '/api/v1/webhooks/:id/deliveries/:delivery/redeliver',
  access: 'caller',
  summary: 'Send a delivery again',
  description:
    'Sends the event again, once, whatever became of it before, and answers with what came of it, after 15 seconds at most. Its `webhook-id` is the same.',
  inPath: deliveryInPath,
  query: ofAlbum,
  answers: { 200: { description: 'The delivery with its attempts, the newest last.', body: deliverySchema } },
  problems: ['album-not-allowed', 'not-found', 'conflict', 'deliveries-unavailable'],
  async handle({ state, caller, query, inPath: { id, delivery } }, services) {
    const { webhooks, limits } = services;
    const { view } = await ownWebhook(services, { state, caller }, id, query.album_id);
    if (view.status !== 'enabled') throw conflict('The webhook is disabled and sends nothing: enable it first.');
    await assertCanSend(webhooks, view);
    const sent = await limits.attempts.run(caller.organizationId, () => webhooks.redeliver(view, delivery));
    if (sent === null) throw noSuchDelivery();
    return jsonAnswer(renderDelivery(sent, services));
  },
});
