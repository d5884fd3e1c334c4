import { OVERLAP_MS } from '../../../subscribers/webhooks/signing/signer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { onWebhook } from './on-webhook.ts';
import { newSecret, ofAlbum, webhookInPath } from './webhook-schema.ts';

export const rotateWebhookSecret = route({
  id: 'rotateWebhookSecret',
  tag: 'Webhooks',
  method: 'POST',
  path: '/api/v1/webhooks/:id/rotate-secret',
  access: 'caller',
  summary: 'Give a webhook a new secret',
  description:
    'The new secret signs at once. For 24 hours the one before signs, too: bring the new one to the receiver within that time. If you rotate ' +
    'again within that time, the secret before the last one ends at once. With `v1a`, the key is a new one, too.',
  inPath: webhookInPath,
  query: ofAlbum,
  answers: { 200: { description: 'The new secret, shown in this answer alone.', body: newSecret } },
  problems: ['album-not-allowed', 'not-found'],
  async handle({ state, caller, query, inPath: { id } }, services) {
    const stored = await ownWebhook(services, { state, caller }, id, query.album_id);
    const overlapUntil = new Date(Date.now() + OVERLAP_MS).toISOString();
    const command = { type: 'RotateSecret', overlapUntil, key: services.signer.newestKey } as const;
    const { view } = await onWebhook(services, { state, caller }, stored, command);
    const overlap_until = services.inZone(view.overlap_until as string);
    return jsonAnswer(JSON.stringify({ secret: services.signer.secret(view), overlap_until }));
  },
});
