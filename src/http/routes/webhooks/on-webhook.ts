import { type WebhookCommand, webhookDecider } from '../../../commands/webhook.ts';
import { knownWebhook } from '../../../commands/webhook-state.ts';
import { streamName } from '../../../events/streams.ts';
import { fold } from '../../../projections/fold-stream.ts';
import type { Stored } from '../../../projections/queries.ts';
import type { WebhookView } from '../../../projections/views.ts';
import type { Webhooks } from '../../../subscribers/webhooks/webhooks.ts';
import { requestContext } from '../../command-context.ts';
import { conflict } from '../../out/problem.ts';
import type { AskedByCaller } from '../../own-webhook.ts';
import type { Services } from '../../services.ts';

/**
 * Takes a caller's command to a webhook. Gives its view afterwards.
 * @throws {CommandRefused | LogUnavailable | WrongExpectedRevision}
 * @throws {Problem} 503 if its turn does not come
 */
export async function onWebhook(
  { execute }: Services,
  { state, caller }: AskedByCaller,
  stored: Stored<'webhook'>,
  command: WebhookCommand,
): Promise<Stored<'webhook'>> {
  const { id, organization_id } = stored.view;
  // The organization is the webhook's, even if an operator of another one acts.
  const context = { organization_id, ...requestContext(state, caller) };
  const { view, history } = await state.share.write(() =>
    execute(webhookDecider, streamName('webhook', id), command, context, {
      known: knownWebhook(stored),
      beforeProjecting: () => state.share.resume(),
    }),
  );
  return (view ?? fold('webhook', id, history, stored)) as Stored<'webhook'>;
}

/** @throws {Problem} 409 */
export function assertNotHeld(held: string | null): void {
  if (held === null) return;
  throw conflict(`The webhook is held. ${held}`);
}

/** @throws {Problem} 409 */
export async function assertCanSend(webhooks: Webhooks, view: WebhookView): Promise<void> {
  if (!webhooks.isOn) {
    throw conflict('This node sends no webhooks (WEBHOOKS=off). Send the request to a node that does.');
  }
  assertNotHeld(await webhooks.heldReason(view));
}
