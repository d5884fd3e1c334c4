import type { WebhookView } from '../../projections/views.ts';
import type { DeliveriesQuery, Delivery } from './delivery-store.ts';

/** What this node serves just now. */
export interface WebhooksStanding {
  /** How many endpoints there are that this node knows of, by what they do. `failing` and `working` are those that it serves. */
  readonly endpoints: { readonly [status in 'working' | 'failing' | 'held' | 'disabled' | 'elsewhere']: number };
  readonly waiting: number;
  /** How old the oldest unfinished delivery is, in seconds; 0: there is none. */
  readonly oldestSeconds: number;
}

/** What the routes and the command line ask of what sends webhooks: the port. */
export interface Webhooks {
  /** Whether this node sends. If not (`WEBHOOKS=off`), `ping` and `redeliver` must not be called. */
  readonly isOn: boolean;

  /** The mark of this installation, for watermarks (`markOf`). */
  readonly service: string;

  /**
   * Why nothing may be sent to a URL, as a sentence that says what to send instead; null: it may. It looks up the name, for 5 s at most.
   */
  refusalOf(url: string): Promise<string | null>;

  /**
   * Why an endpoint, enabled or not, is held, as a sentence; null: it is not. It is held if its watermark is of another log or another installation, or
   * if its deliveries have come to an event that the log does not have.
   * @throws {DeliveriesUnavailable | LogUnavailable}
   */
  heldReason(endpoint: WebhookView): Promise<string | null>;

  /**
   * Sends a ping to an endpoint, enabled or not, once, and waits for what comes of it: 15 s at most. It is recorded like any delivery.
   * @returns the delivery with its attempt
   * @throws {DeliveriesUnavailable}
   */
  ping(endpoint: WebhookView): Promise<Delivery>;

  /**
   * Sends a delivery of an enabled endpoint again, whatever its status, once, and waits for what comes of it: 15 s at most.
   * @returns the delivery with its attempts, the newest last; null: there is no such delivery, or its event is not in the log any more
   * @throws {DeliveriesUnavailable | LogUnavailable}
   */
  redeliver(endpoint: WebhookView, deliveryId: string): Promise<Delivery | null>;

  /** How its endpoints stand, for operators. */
  standing(): WebhooksStanding;

  /** The deliveries of an endpoint, newest first. @throws {DeliveriesUnavailable} */
  deliveries(query: DeliveriesQuery): Promise<readonly Delivery[]>;
}
