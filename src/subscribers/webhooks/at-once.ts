import type { EventLog } from '../../events/event-log.ts';
import { newId } from '../../events/new-id.ts';
import type { WebhookView } from '../../projections/views.ts';
import { type Clock, timeText } from '../../time/clock.ts';
import type { Naming } from '../cloud-event.ts';
import type { Cursors } from '../cursor.ts';
import { placeAfter } from '../place.ts';
import { MOST_ATTEMPTS } from './attempts-text.ts';
import { eventOf, messageOf } from './bodies.ts';
import { bodyOf, PING, pingBody } from './body.ts';
import type { Delivery, DeliveryStore } from './delivery-store.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { placeOfMark } from './mark.ts';
import type { RunParts } from './run-parts.ts';
import type { Message, Sender } from './sender.ts';

/** An attempt takes 15 s at most. */
const ATTEMPT_MS = 16_000;

export interface AtOnceParts {
  readonly log: EventLog;
  readonly store: DeliveryStore;
  readonly sender: Pick<Sender, 'send'>;
  readonly cursors: Cursors;
  readonly naming: Naming;
  readonly clock: Clock;
  /** As in `RunParts`. */
  readonly inTurn: RunParts['inTurn'];
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Is called with an endpoint whose receiver answered 410. */
  readonly onGone?: (endpoint: string) => void;
  /** Lets the queue of an endpoint send a delivery now. Gives false if this node has none, or the delivery is not the next of its import. */
  readonly sendNow: (endpoint: string, deliveryId: string) => Promise<boolean>;
}

/** Sends what somebody asked for, once and now: by the queue of the endpoint if the delivery is at its turn there, and else beside it. */
export class AtOnce {
  readonly #parts: AtOnceParts;

  constructor(parts: AtOnceParts) {
    this.#parts = parts;
  }

  /** @throws {DeliveriesUnavailable} */
  async ping(view: WebhookView): Promise<Delivery> {
    const { naming, clock } = this.#parts;
    const [id, time] = [newId(), timeText(clock.now())];
    const watermark = this.#watermarkOf(endpointOf(view));
    const made: Delivery = {
      ...{ id, endpoint: view.id, event: null, type: PING, status: 'waiting', createdAt: time },
      ...{ dueAt: null, firstTriedAt: null, tries: 0, attempts: [] },
    };
    return this.#send(view, made, { id, body: pingBody(id, view.id, naming, { time, watermark }) });
  }

  /** @returns null: there is no such delivery, or its event is not in the log any more. @throws {DeliveriesUnavailable | LogUnavailable} */
  async redeliver(view: WebhookView, deliveryId: string): Promise<Delivery | null> {
    const { store, log, cursors, naming, clock, inTurn } = this.#parts;
    const isSent = await this.#inQueue(view.id, deliveryId);
    const [delivery] = await store.withIds(view.id, [deliveryId]);
    if (delivery === undefined) return null;
    if (isSent) return delivery;
    const endpoint = endpointOf(view);
    const watermark = this.#watermarkOf(endpoint);
    if (delivery.event === null) {
      const body = pingBody(delivery.id, view.id, naming, { time: timeText(clock.now()), watermark });
      return this.#send(view, delivery, { id: delivery.id, body });
    }
    const { event: place } = delivery;
    const begun = await inTurn(view.organization_id, async () => {
      const event = await eventOf(place, log, naming);
      if (event === null) return null;
      const cursor = cursors.textOf(placeAfter(log, event.event), endpoint.scope);
      const message = messageOf(event, bodyOf(event, endpoint, cursor, watermark));
      return { sending: this.#send(view, delivery, message) };
    });
    return begun === null ? null : begun.sending;
  }

  /** Waits for the queue no longer than an attempt takes: it may be waiting for a store. */
  async #inQueue(endpoint: string, deliveryId: string): Promise<boolean> {
    const { clock, sendNow } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = clock.after(ATTEMPT_MS, () => resolve(true));
    void sendNow(endpoint, deliveryId).then(resolve);
    return promise.finally(cancel);
  }

  #watermarkOf({ watermark, scope }: Endpoint): string {
    return this.#parts.cursors.freshTextOf(placeOfMark(watermark), scope);
  }

  /** A failure changes no status: a delivery that waits goes on waiting. Of a ping, there is one try. */
  async #send(view: WebhookView, delivery: Delivery, message: Message): Promise<Delivery> {
    const { store, sender, signal } = this.#parts;
    const sent = await sender.send(view, message, signal);
    if (sent === null) return delivery;
    if (sent.outcome === 'gone') this.#parts.onGone?.(view.id);
    const status =
      sent.outcome === 'acknowledged' ? 'delivered' : delivery.event === null ? 'given_up' : delivery.status;
    const tried: Delivery = {
      ...delivery,
      status,
      dueAt: status === 'waiting' ? delivery.dueAt : null,
      firstTriedAt: delivery.firstTriedAt ?? sent.attempt.at,
      tries: delivery.tries + 1,
      attempts: [...delivery.attempts, sent.attempt].slice(-MOST_ATTEMPTS),
    };
    await store.save(view.id, [tried], null);
    return tried;
  }
}
