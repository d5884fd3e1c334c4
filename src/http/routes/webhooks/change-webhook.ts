import { z } from 'zod';
import { endOf } from '../../../subscribers/place.ts';
import { markOf } from '../../../subscribers/webhooks/mark.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { renderWebhook } from '../../out/render-webhook.ts';
import { assertAlbum, ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import { assertAddress, typeNamesOf } from './chosen-settings.ts';
import { assertNotHeld, onWebhook } from './on-webhook.ts';
import { ofAlbum, settings, webhookInPath, webhookSchema } from './webhook-schema.ts';

const body = z
  .object({
    ...z.object(settings).partial().shape,
    enabled: z
      .boolean({ error: 'takes true or false.' })
      .optional()
      .meta({
        description:
          '`false`: nothing is sent any more, and what waits has ended. `true`: a disabled webhook gets the events from now on; for those between, ' +
          'recover it.',
      }),
  })
  .meta({ id: 'WebhookChanges', description: 'What is not sent stays as it is.', examples: [{ enabled: true }] });

export const changeWebhook = route({
  id: 'changeWebhook',
  tag: 'Webhooks',
  method: 'PATCH',
  path: '/api/v1/webhooks/:id',
  access: 'caller',
  summary: 'Change, disable or enable a webhook',
  description: 'What waits is sent with the new settings.',
  inPath: webhookInPath,
  query: ofAlbum,
  headers: ['Content-Encoding'],
  json: body,
  answers: { 200: { description: 'The webhook as it is now.', body: webhookSchema } },
  problems: ['album-not-allowed', 'not-found', 'conflict', 'webhook-refused', 'deliveries-unavailable'],
  async handle({ state, caller, query, inPath: { id }, json }, services) {
    const { enabled, types, ...others } = json;
    const { webhooks, naming } = services;
    const asked = { state, caller };
    const changes = { ...others, ...(types && { types: typeNamesOf(naming, types) }) };
    let stored = await ownWebhook(services, asked, id, query.album_id);
    if (changes.album_id !== undefined) assertAlbum(caller, changes.album_id);
    if (changes.url !== undefined && changes.url !== stored.view.url)
      await assertAddress(services, caller, changes.url);
    const held = await webhooks.heldReason(stored.view);
    if (enabled === true) assertNotHeld(held);
    if (Object.keys(changes).length > 0) {
      stored = await onWebhook(services, asked, stored, { type: 'ChangeWebhook', changes });
    }
    if (enabled === false) {
      stored = await onWebhook(services, asked, stored, { type: 'DisableWebhook', reason: 'asked', detail: null });
    }
    // One that is enabled already must not pass over what waits.
    if (enabled === true && stored.view.status === 'disabled') {
      const watermark = markOf(await endOf(services.log), webhooks.service);
      stored = await onWebhook(services, asked, stored, { type: 'EnableWebhook', watermark });
    }
    return jsonAnswer(renderWebhook(stored.view, held, services));
  },
});
