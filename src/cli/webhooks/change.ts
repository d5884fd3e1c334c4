import type { Command } from 'commander';
import { type WebhookCommand, webhookDecider } from '../../commands/webhook.ts';
import { knownWebhook } from '../../commands/webhook-state.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Stored } from '../../projections/queries.ts';
import { organizationOf, published } from '../../subscribers/cloud-event.ts';
import { isSelected } from '../../subscribers/feed/selection.ts';
import { endOf, type Place } from '../../subscribers/place.ts';
import { endpointOf } from '../../subscribers/webhooks/endpoint.ts';
import { markOf } from '../../subscribers/webhooks/mark.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import type { OperatorsStores } from '../operators-stores.ts';
import { Interrupted } from '../outcomes.ts';
import { type AskedPlace, askedPlace } from './asked-place.ts';
import { type Installation, installationOf } from './installation.ts';
import { jsonText } from './webhook-text.ts';

/** Disables a webhook. @throws {NotFound} */
export async function disable(
  id: string,
  { detail = null, yes }: { readonly detail?: string | null; readonly yes?: true },
  command: Command,
  context: Context,
): Promise<void> {
  await confirm(context, command, `Disable webhook ${id}, and end what waits to be sent there?`, yes);
  const stores = await context.writing();
  const { webhook } = await installationOf(context, stores);
  const isNew = await execute(stores, await webhook(id), { type: 'DisableWebhook', reason: 'asked', detail });
  context.say(isNew ? 'The webhook is disabled.' : 'The webhook was disabled before; nothing was changed.');
}

/** Enables a webhook that is disabled or held. @throws {NotFound} */
export async function enable(id: string, asked: AskedPlace, command: Command, context: Context): Promise<void> {
  if (asked.after !== undefined) context.assertCanSign();
  const stores = await context.writing();
  const { service, standing, webhook } = await installationOf(context, stores);
  const stored = await webhook(id);
  const { held } = await standing(stored.view);
  const place = await askedPlace(asked, stores.log, command, context);
  if (stored.view.status === 'enabled' && held === null) {
    // To go over to another place, it would end what waits.
    if (place !== null)
      throw new Error('The webhook is enabled: to send events again, use `imports webhooks recover`.');
    return context.say('The webhook was enabled before; nothing was changed.');
  }
  if (held !== null && place === null) {
    command.error(`error: the webhook is held, so say from where on it sends, with --since or --after. ${held}`);
  }
  const watermark = markOf(place ?? (await endOf(stores.log)), service);
  await execute(stores, stored, { type: 'EnableWebhook', watermark });
  context.say('The webhook is enabled.');
}

export interface RecoverOptions extends AskedPlace {
  readonly rate?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Sends events again, or says how many that would be. @throws {NotFound | CommandRefused} */
export async function recover(id: string, options: RecoverOptions, command: Command, context: Context): Promise<void> {
  const { rate = null, dryRun: isDry, json } = options;
  if (options.since === undefined && options.after === undefined) {
    command.error('error: say from where on to send again, with --since or --after');
  }
  if (options.after !== undefined) context.assertCanSign();
  if (isDry) {
    const stores = await context.reading();
    const { log } = stores;
    const installation = await installationOf(context, stores);
    const { stored, place } = await recoverable(id, options, { installation, log, command, context });
    const events = await countAfter(place, stored, { installation, log, context });
    return context.write(json ? jsonText({ id, events, dry_run: true }) : `${events}\n`);
  }
  const stores = await context.writing();
  const installation = await installationOf(context, stores);
  const { stored, place } = await recoverable(id, options, { installation, log: stores.log, command, context });
  const after = markOf(place, installation.service);
  await execute(stores, stored, { type: 'RecoverWebhook', after, rate });
  context.say('The service sends the events again.');
  if (json) await context.write(jsonText({ id, events: null, dry_run: false }));
}

interface Looking {
  readonly installation: Installation;
  readonly log: EventLog;
  readonly context: Context;
}

async function recoverable(
  id: string,
  asked: AskedPlace,
  { installation, log, command, context }: Looking & { readonly command: Command },
): Promise<{ stored: Stored<'webhook'>; place: Place }> {
  const stored = await installation.webhook(id);
  await assertSends(stored, installation);
  return { stored, place: (await askedPlace(asked, log, command, context)) as Place };
}

/** @throws {Error} it is disabled or held */
export async function assertSends({ view }: Stored<'webhook'>, { standing }: Installation): Promise<void> {
  if (view.status !== 'enabled') throw new Error('The webhook is disabled and sends nothing: enable it first.');
  const { held } = await standing(view);
  if (held !== null) throw new Error(`The webhook is held. ${held}`);
}

/** How many events after a place the webhook gets. */
async function countAfter(
  place: Place,
  { view }: Stored<'webhook'>,
  { installation: { naming }, log, context }: Looking,
): Promise<number> {
  const { scope, selection } = endpointOf(view);
  const end = await endOf(log);
  let count = 0;
  for await (const page of context.scan(log, place.position, end.position)) {
    for (const event of page) {
      if (scope !== null && organizationOf(event) !== scope) continue;
      const seen = published(event, naming);
      if (seen !== null && isSelected(seen, selection)) count += 1;
    }
  }
  if (context.isInterrupted) throw new Interrupted(`Interrupted after ${count} events.`);
  return count;
}

/** Gives whether an event was recorded. */
export function execute(stores: OperatorsStores, stored: Stored<'webhook'>, command: WebhookCommand): Promise<boolean> {
  const { id, organization_id } = stored.view;
  return stores.execute('webhook', id, organization_id, webhookDecider, command, { known: knownWebhook(stored) });
}
