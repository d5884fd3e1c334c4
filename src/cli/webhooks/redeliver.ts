import type { EventLog } from '../../events/event-log.ts';
import { GuardedClient } from '../../outbound/guarded-client.ts';
import { viewFromLog } from '../../projections/view-from-log.ts';
import type { WebhookView } from '../../projections/views.ts';
import { destinationsOf } from '../../service/webhook-sending.ts';
import { refusing } from '../../stores/adoption.ts';
import { openDeliveryStore } from '../../stores/open-deliveries.ts';
import { Cursors } from '../../subscribers/cursor.ts';
import { AtOnce } from '../../subscribers/webhooks/at-once.ts';
import { endedRights } from '../../subscribers/webhooks/rights.ts';
import { Sender } from '../../subscribers/webhooks/sender.ts';
import { Signer } from '../../subscribers/webhooks/signing/signer.ts';
import { systemClock } from '../../time/clock.ts';
import type { Context } from '../context.ts';
import { Interrupted, NotFound } from '../outcomes.ts';
import { paceOf } from '../pace.ts';
import { assertSends, execute } from './change.ts';
import { deliveryPages, timeText } from './delivery-pages.ts';
import { type Installation, installationOf } from './installation.ts';
import { deliveryPrinter } from './webhook-text.ts';

export interface RedeliverOptions {
  readonly givenUp?: true;
  readonly since?: number;
  /** Deliveries a second. */
  readonly rate?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/**
 * Sends deliveries again from this process, one after the other.
 * @param ids which; none: those that were given up
 * @throws {NotFound}
 */
export async function redeliver(
  id: string,
  ids: readonly string[],
  options: RedeliverOptions,
  context: Context,
): Promise<void> {
  if (!options.dryRun) context.assertCanSign();
  const writing = options.dryRun ? null : await context.writing();
  const stores = writing ?? (await context.reading());
  const installation = await installationOf(context, stores);
  const stored = await installation.webhook(id);
  await assertSends(stored, installation);
  await assertRights(stored.view, stores.log);
  const asked = ids.length > 0 ? ids : await givenUp(id, options, installation);
  const { deliveries, naming } = installation;
  const print = deliveryPrinter(context, naming, options.json === true);
  // Those that were named are looked for before the first is sent.
  for (const one of ids.length > 0 || options.dryRun ? asked : []) {
    if (context.signal.aborted) throw new Interrupted('Interrupted. Nothing was sent.');
    const [delivery] = await deliveries.withIds(id, [one]);
    if (delivery === undefined) throw new NotFound(`The webhook has no delivery ${one}.`);
    if (options.dryRun) await print([delivery]);
  }
  if (writing === null) return;
  if (asked.length === 0) return context.say('No delivery was given up; nothing was sent.');
  await execute(writing, stored, { type: 'RedeliverWebhook', deliveries: asked.length, ids: [...ids] });
  const sending = await openSending(stores.log, installation, context);
  await sendAll(asked, options.rate, context, async (one) => {
    const tried = await sending.redeliver(stored.view, one);
    // It was cut: nobody knows what came of it.
    if (context.signal.aborted) return false;
    if (tried === null) context.say(`Delivery ${one} is not sent: its event is not in the log any more.`);
    else await print([tried]);
    const status = tried?.attempts.at(-1)?.status ?? 0;
    return status >= 200 && status < 300;
  });
}

/**
 * @param rate how many a second, at most; as quickly as they are answered unless set
 * @param send gives whether it was acknowledged
 * @throws {Error} some were not acknowledged
 */
async function sendAll(
  ids: readonly string[],
  rate: number | undefined,
  { signal, say }: Context,
  send: (id: string) => Promise<boolean>,
): Promise<void> {
  const pace = paceOf(rate, signal);
  let acknowledged = 0;
  for (const id of ids) {
    await pace();
    if (!signal.aborted && (await send(id))) acknowledged += 1;
    if (signal.aborted) {
      throw new Interrupted(`Interrupted. ${acknowledged} of ${ids.length} were acknowledged.`);
    }
  }
  const failed = ids.length - acknowledged;
  if (failed > 0) throw new Error(`${failed} of ${ids.length} were not acknowledged.`);
  say(`${acknowledged === 1 ? 'The delivery was' : `All ${acknowledged} deliveries were`} acknowledged.`);
}

/** Oldest first, as they were to be sent. Their ids alone, since there may be 100,000 of them. */
async function givenUp(
  id: string,
  { since }: RedeliverOptions,
  { deliveries }: Installation,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of deliveryPages(deliveries, { endpoint: id, status: 'given_up', since: timeText(since) })) {
    // A ping has served its purpose.
    for (const { id: one, event } of page) if (event !== null) found.push(one);
  }
  return found.reverse();
}

/** An endpoint ends with its maker's rights, though the service may not have disabled it yet. @throws {Error} */
async function assertRights(view: WebhookView, log: EventLog): Promise<void> {
  const ended = await endedRights(view, {
    user: async (id) => (await viewFromLog(log, 'user', id))?.view ?? null,
    secret: async (id) => (await viewFromLog(log, 'secret', id))?.view ?? null,
  });
  if (ended !== null) throw new Error(`Nothing was sent: the webhook has no rights any more. ${ended}`);
}

async function openSending(log: EventLog, { deliveries, naming }: Installation, context: Context): Promise<AtOnce> {
  const { config, say, signal } = context;
  const keys = await context.keysOf(log);
  // SQLite lets nobody in this process write to a file while one connection of it may not write to the memory that processes share.
  await deliveries.close();
  const client = context.closeAtEnd(new GuardedClient(destinationsOf(config)));
  const store = context.closeAtEnd(await openDeliveryStore(config, refusing('deliveries', log), say));
  const sender = new Sender({ client, signer: new Signer(keys), clock: systemClock });
  const parts = { log, store, sender, cursors: new Cursors(keys), naming, clock: systemClock, signal };
  // The queue of the endpoint is in the service.
  return new AtOnce({ ...parts, inTurn: (_organizationId, work) => work(), sendNow: async () => false });
}
