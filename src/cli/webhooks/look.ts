import { completeViews } from '../../operations/complete-views.ts';
import type { Delivery, DeliveryStatus } from '../../subscribers/webhooks/delivery-store.ts';
import type { Context } from '../context.ts';
import { deliveryPages, timeText } from './delivery-pages.ts';
import { installationOf } from './installation.ts';
import {
  deliveryMembers,
  deliveryText,
  detailsOf,
  jsonText,
  membersText,
  placeMembers,
  summaryOf,
  summaryText,
} from './webhook-text.ts';

export interface ListOptions {
  readonly deleted?: true;
  readonly json?: true;
}

/** Prints every webhook. */
export async function list({ deleted, json }: ListOptions, context: Context): Promise<void> {
  const stores = await context.reading();
  const { naming, standing } = await installationOf(context, stores);
  for (const { view } of await completeViews(stores, 'webhook')) {
    if (context.signal.aborted) return;
    if (view.is_deleted === 'yes' && !deleted) continue;
    const summary = summaryOf(await standing(view), naming);
    await context.write(json ? jsonText(summary) : summaryText(summary));
  }
}

/** Prints everything that is known of a webhook, but never its secret. @throws {NotFound} */
export async function show(id: string, json: boolean, context: Context): Promise<void> {
  const { deliveries, naming, standing, webhook } = await installationOf(context, await context.reading());
  const { view } = await webhook(id);
  const known = await standing(view);
  const { progress } = known;
  const members = {
    ...summaryOf(known, naming),
    ...detailsOf(view),
    scanned: progress && placeMembers(progress.scanned),
    failures: progress?.failures ?? 0,
    last_tried_at: progress?.lastTriedAt ?? null,
    waiting: (await deliveries.waiting(id)).length,
    lease_holder: (await deliveries.leases()).find(({ endpoint }) => endpoint === id)?.holder ?? null,
  };
  await context.write(json ? jsonText(members) : membersText(members));
}

export interface DeliveriesOptions {
  readonly status?: DeliveryStatus;
  readonly since?: number;
  readonly json?: true;
}

/** Prints the deliveries of a webhook with their attempts, newest first. @throws {NotFound} */
export async function deliveriesOf(id: string, options: DeliveriesOptions, context: Context): Promise<void> {
  const { deliveries, naming, webhook } = await installationOf(context, await context.reading());
  await webhook(id);
  const { status, since, json } = options;
  const text = (delivery: Delivery) =>
    json ? jsonText(deliveryMembers(delivery, naming)) : deliveryText(delivery, naming);
  for await (const page of deliveryPages(deliveries, { endpoint: id, status, since: timeText(since) })) {
    if (context.signal.aborted) return;
    await context.write(page.map(text).join(''));
  }
}
