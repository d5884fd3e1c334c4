import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { onWebhook } from './on-webhook.ts';
import { ofAlbum, webhookInPath } from './webhook-schema.ts';

export const deleteWebhook = route({
  id: 'deleteWebhook',
  tag: 'Webhooks',
  method: 'DELETE',
  path: '/api/v1/webhooks/:id',
  access: 'caller',
  summary: 'Delete a webhook',
  description:
    'Nothing is sent any more, and what waits has ended. From then on it gets 404, as one that does not exist.',
  inPath: webhookInPath,
  query: ofAlbum,
  answers: { 204: { description: 'It is deleted.', body: null } },
  problems: ['album-not-allowed', 'not-found'],
  async handle({ state, caller, query, inPath: { id } }, services) {
    const stored = await ownWebhook(services, { state, caller }, id, query.album_id);
    await onWebhook(services, { state, caller }, stored, { type: 'DeleteWebhook' });
    return { status: 204, contentType: null, body: '' };
  },
});
