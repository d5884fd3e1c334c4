import { completeViews } from '../../operations/complete-views.ts';
import type { DeliveryStatus } from '../../subscribers/webhooks/delivery-store.ts';
import type { Context } from '../context.ts';
import { Table } from '../table.ts';
import { deliveryPages, timeText } from './delivery-pages.ts';
import { installationOf } from './installation.ts';
import {
  deliveryPrinter,
  detailsOf,
  jsonText,
  membersText,
  placeMembers,
  rowOf,
  summaryOf,
  WEBHOOK_COLUMNS,
} from './webhook-text.ts';

export interface ListOptions {
  readonly deleted?: true;
  readonly json?: true;
}

/** Prints every webhook. */
export async function list({ deleted, json }: ListOptions, context: Context): Promise<void> {
  const stores = await context.reading();
  const { naming, standing } = await installationOf(context, stores);
  const table = new Table(context, WEBHOOK_COLUMNS);
  for (const { view } of await completeViews(stores, 'webhook')) {
    if (context.signal.aborted) return;
    if (view.is_deleted === 'yes' && !deleted) continue;
    const summary = summaryOf(await standing(view), naming);
    await (json ? context.write(jsonText(summary)) : table.print([rowOf(summary)]));
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
  const print = deliveryPrinter(context, naming, json === true);
  for await (const page of deliveryPages(deliveries, { endpoint: id, status, since: timeText(since) })) {
    if (context.signal.aborted) return;
    await print(page);
  }
}
