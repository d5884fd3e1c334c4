import type { Services } from '../../src/http/services.ts';
import type { WebhookView } from '../../src/projections/views.ts';
import type { DeliveriesQuery, Delivery, DeliveryStatus } from '../../src/subscribers/webhooks/delivery-store.ts';
import type { Webhooks, WebhooksStanding } from '../../src/subscribers/webhooks/webhooks.ts';

/** A delivery to test with. */
export function delivery(endpoint: string, number: number, status: DeliveryStatus = 'delivered'): Delivery {
  const id = `d4f1a2b3-5c6d-5e7f-8091-${String(number).padStart(12, '0')}`;
  const at = new Date(Date.UTC(2026, 10, 1, 12, 0, number)).toISOString();
  return {
    ...{ id, endpoint, type: 'import.requested', status, createdAt: at },
    event: {
      id: `0199c0de-0000-7000-8000-${String(number).padStart(12, '0')}`,
      stream: 'import-x',
      revision: 0,
      position: 1n,
    },
    ...{ dueAt: status === 'waiting' ? at : null, firstTriedAt: at, tries: 1 },
    attempts: [{ at, ms: 31, status: 204, answer: null, failure: null }],
  };
}

/** Sends nothing: what sends webhooks, as the routes see it. */
export class FakeWebhooks implements Webhooks {
  isOn = true;
  readonly service = 'this-installation';
  /** By endpoint. */
  readonly held = new Map<string, string>();
  readonly ofEndpoints: Delivery[] = [];

  async refusalOf(url: string): Promise<string | null> {
    return url.startsWith('https://') ? null : 'the URL must begin with https://, not with http:';
  }

  async heldReason({ id }: WebhookView): Promise<string | null> {
    return this.held.get(id) ?? null;
  }

  async ping({ id }: WebhookView): Promise<Delivery> {
    return { ...delivery(id, 1), event: null, type: 'webhook.ping' };
  }

  async redeliver({ id }: WebhookView, deliveryId: string): Promise<Delivery | null> {
    const found = this.ofEndpoints.find((one) => one.endpoint === id && one.id === deliveryId);
    if (found === undefined) return null;
    const failed = { at: found.createdAt, ms: 15_000, status: null, answer: null, failure: 'It took over 15 s.' };
    return { ...found, attempts: [...found.attempts, failed] };
  }

  standing(): WebhooksStanding {
    const endpoints = { working: 0, failing: 0, held: this.held.size, disabled: 0, elsewhere: 0 };
    return { endpoints, waiting: 0, oldestSeconds: 0 };
  }

  async deliveries({ endpoint, status, before, limit }: DeliveriesQuery): Promise<Delivery[]> {
    return this.ofEndpoints
      .filter((one) => one.endpoint === endpoint && (status === undefined || one.status === status))
      .filter((one) => before === undefined || one.createdAt < before.createdAt)
      .toSorted((one, other) => (one.createdAt < other.createdAt ? 1 : -1))
      .slice(0, limit);
  }
}

/** Puts a fake in place of what sends webhooks. */
export function withFakeWebhooks(services: Services): FakeWebhooks {
  const webhooks = new FakeWebhooks();
  Object.assign(services, { webhooks });
  return webhooks;
}
