import { z } from 'zod';
import { CommandRefused } from '../../../commands/command-refused.ts';
import { importIdFor } from '../../../commands/import-id.ts';
import { type WebhookCommand, type WebhookSettings, webhookDecider } from '../../../commands/webhook.ts';
import { decode, isKnownType } from '../../../events/decode.ts';
import { streamName } from '../../../events/streams.ts';
import type { Stored } from '../../../projections/queries.ts';
import { endOf } from '../../../subscribers/place.ts';
import { markOf } from '../../../subscribers/webhooks/mark.ts';
import { callersContext } from '../../command-context.ts';
import { idempotencyKeyOf } from '../../in/idempotency-key.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { conflict, keyReused, Problem } from '../../out/problem.ts';
import { renderWebhook } from '../../out/render-webhook.ts';
import { type AskedByCaller, assertAlbum, ownWebhook } from '../../own-webhook.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { assertAddress, typeNamesOf } from './chosen-settings.ts';
import { EXAMPLE_SETTINGS, settings, webhookWithSecret } from './webhook-schema.ts';

/** An organization may have so many webhooks, those that are disabled too. */
const MOST_WEBHOOKS = 100;

const body = z
  .object({
    url: settings.url,
    types: settings.types,
    album_id: settings.album_id.default(null),
    thin: settings.thin.default(false),
    ordered: settings.ordered.default(false),
    v1a: settings.v1a.default(false),
  })
  .meta({ id: 'NewWebhook', examples: [EXAMPLE_SETTINGS] });

export const createWebhook = route({
  id: 'createWebhook',
  tag: 'Webhooks',
  method: 'POST',
  path: '/api/v1/webhooks',
  access: 'caller',
  summary: 'Register a webhook',
  description: `From now on, each new event of the organization of the caller is sent to the URL, signed as Standard Webhooks 1.0.0 says. The answer has the secret, this once. If an operator registers it, it gets the events of every organization. It ends with the rights of whoever chose its present URL.

A token for some albums must name one of them in \`album_id\`. An organization may have ${MOST_WEBHOOKS} webhooks.`,
  headers: ['Idempotency-Key', 'Content-Encoding'],
  json: body,
  answers: { 201: { description: 'The webhook.', body: webhookWithSecret, headers: ['Idempotent-Replayed'] } },
  problems: ['album-not-allowed', 'conflict', 'webhook-refused', 'idempotency-key-reused', 'deliveries-unavailable'],
  async handle({ ctx, state, caller, json }, services) {
    const key = idempotencyKeyOf(ctx.headers['idempotency-key']);
    assertAlbum(caller, json.album_id);
    const chosen = { ...json, types: typeNamesOf(services.naming, json.types) };
    const id = importIdFor(`${caller.name} of ${caller.organizationId} for a webhook`, key);
    const asked = { state, caller };
    if (key !== null) {
      const repeated = await again(services, asked, id, chosen);
      if (repeated !== null) return repeated;
    }
    await assertAddress(services, caller, chosen.url);
    try {
      // One after the other: many at once would all find room.
      return await services.limits.registrations.run(caller.organizationId, async () => {
        await assertRoom(services, caller.organizationId);
        await state.share.resume();
        return register(services, asked, id, chosen);
      });
    } catch (error) {
      const isRace = error instanceof CommandRefused && error.code === 'webhook_exists';
      const repeated = isRace ? await again(services, asked, id, chosen) : null;
      if (repeated === null) throw error;
      return repeated;
    }
  },
});

async function register(
  services: Services,
  { state, caller }: AskedByCaller,
  id: string,
  chosen: WebhookSettings,
): Promise<Answer> {
  const command: WebhookCommand = {
    type: 'RegisterWebhook',
    organization_id: caller.organizationId,
    sees: caller.isOperator ? 'everything' : 'organization',
    ...chosen,
    watermark: markOf(await endOf(services.log), services.webhooks.service),
    key: services.signer.newestKey,
  };
  const context = callersContext(state, caller);
  const { view } = await state.share.write(() =>
    services.execute(webhookDecider, streamName('webhook', id), command, context, { isProbablyNew: true }),
  );
  const registered = (view as Stored<'webhook'>).view;
  return created(renderWebhook(registered, null, services, services.signer.secret(registered)));
}

/**
 * The answer to a repeated request: the webhook as it is now, with its secret if that is still the first one.
 * @returns null: nothing was registered with this key
 * @throws {Problem} 422 if the first request with this key was another one, or its webhook was deleted
 */
async function again(
  services: Services,
  asked: AskedByCaller,
  id: string,
  chosen: WebhookSettings,
): Promise<Answer | null> {
  const [first] = (await services.log.readStream(streamName('webhook', id), 0, 1)).filter(({ type }) =>
    isKnownType(type),
  );
  const registered = first === undefined ? null : decode(first);
  if (registered?.type !== 'WebhookRegistered') return null;
  const { url, types, album_id, thin, ordered, v1a } = registered.data;
  const before: WebhookSettings = { url, types, album_id, thin, ordered, v1a };
  const isSame = (Object.keys(before) as (keyof WebhookSettings)[]).every(
    (name) => JSON.stringify(before[name]) === JSON.stringify(chosen[name]),
  );
  if (!isSame) {
    throw keyReused(
      'A webhook was registered with this key and other settings. Send the same settings again, or choose a new key.',
    );
  }
  const stored = await ownWebhook(services, asked, id, chosen.album_id ?? undefined).catch((error) => {
    if (error instanceof Problem && error.code === 'not-found') {
      throw keyReused('The webhook of this key was deleted, or is for another album by now. Choose a new key.');
    }
    throw error;
  });
  const { view } = stored;
  const held = await services.webhooks.heldReason(view);
  const isShown = view.generation === '1' && services.signer.canSign(view);
  const secret = isShown ? services.signer.secret(view) : undefined;
  return created(renderWebhook(view, held, services, secret), [['Idempotent-Replayed', 'true']]);
}

/** @throws {Problem} 409 */
async function assertRoom({ readModel }: Services, organizationId: string): Promise<void> {
  const having = { is_deleted: 'no' } as const;
  const { items } = await readModel.list('webhook', { organizationId, having, limit: MOST_WEBHOOKS });
  if (items.length < MOST_WEBHOOKS) return;
  throw conflict(
    `Your organization has ${MOST_WEBHOOKS} webhooks, which is the limit. Delete one that is not needed first.`,
  );
}

function created(json: string, further: Answer['further'] = []): Promise<Answer> {
  return jsonAnswer(json, further, 201);
}
