import { serviceMark } from '../../events/service-mark.ts';
import { presentWebhook } from '../../operations/present-webhook.ts';
import type { Stored } from '../../projections/queries.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import type { WebhookView } from '../../projections/views.ts';
import { namingOf } from '../../settings/naming.ts';
import { refusing } from '../../stores/adoption.ts';
import { openDeliveryStoreForReading } from '../../stores/open-deliveries.ts';
import type { Naming } from '../../subscribers/cloud-event.ts';
import type { DeliveryReader, Progress } from '../../subscribers/webhooks/delivery-store.ts';
import { endpointOf } from '../../subscribers/webhooks/endpoint.ts';
import { heldReason } from '../../subscribers/webhooks/held.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../outcomes.ts';

/** An endpoint and how it stands. */
export interface Standing {
  readonly view: WebhookView;
  /** Why it is held; null: it is not, or it is not enabled. */
  readonly held: string | null;
  /** Null: the store of deliveries knows nothing of it. */
  readonly progress: Progress | null;
}

/** What the commands about webhooks look at: two stores, and the store of deliveries, for reading. */
export interface Installation {
  readonly deliveries: DeliveryReader;
  /** The mark of this installation. */
  readonly service: string;
  readonly naming: Naming;
  standing(view: WebhookView): Promise<Standing>;
  /** A webhook that was not deleted, as it is now. @throws {NotFound} */
  webhook(id: string): Promise<Stored<'webhook'>>;
}

/** @param stores those that the command has opened anyway */
export async function installationOf(context: Context, stores: StoresForReading): Promise<Installation> {
  const { config, say } = context;
  const { log } = stores;
  const deliveries = context.closeAtEnd(await openDeliveryStoreForReading(config, refusing('deliveries', log), say));
  const service = serviceMark(config, log);
  return {
    deliveries,
    service,
    naming: namingOf(config),
    async standing(view) {
      const isEnabled = view.status === 'enabled';
      const held = isEnabled ? await heldReason(endpointOf(view), { log, service, store: deliveries }) : null;
      return { view, held, progress: await deliveries.progress(view.id) };
    },
    async webhook(id) {
      const stored = await presentWebhook(stores, id);
      if (stored !== null && stored.view.is_deleted === 'no') return stored;
      const what = stored === null ? 'There is no webhook' : 'The webhook was deleted:';
      throw new NotFound(`${what} ${id}. \`imports webhooks list --deleted\` has all.`);
    },
  };
}
