import type { RecordedEvent } from '../../events/event-log.ts';
import { type Clock, timeText } from '../../time/clock.ts';
import type { Published } from '../cloud-event.ts';
import { placeAfter } from '../place.ts';
import type { Pending } from './acknowledged.ts';
import type { Attempt, Delivery, DeliveryStatus } from './delivery-store.ts';
import { deliveryId, type Endpoint } from './endpoint.ts';
import type { Queued } from './endpoint-queue.ts';

/** A delivery in the memory of the node that sends it. It holds no attempts, which may be large: the store has them. */
export interface Item extends Queued, Pending {
  readonly id: string;
  readonly event: NonNullable<Delivery['event']>;
  readonly type: string;
  readonly createdAt: string;
  /** In milliseconds since 1970; null: never. */
  firstTriedAtMs: number | null;
  /** The event, if there is room for it in memory. */
  published: Published | null;
}

type NamedLog = { readonly id: string };

/** A new delivery of an event, due at once. */
export function itemOf(published: Published, endpoint: Endpoint, log: NamedLog, clock: Clock): Item {
  const { id, stream, revision, position } = published.event as RecordedEvent;
  const { recovery } = endpoint;
  return {
    id: deliveryId(endpoint.id, id),
    event: { id, stream, revision, position },
    stream,
    type: published.name,
    createdAt: timeText(clock.now()),
    dueAtMs: clock.elapsed(),
    tries: 0,
    firstTriedAtMs: null,
    isPaced: recovery?.rate != null && published.envelope.time < recovery.requested_at,
    place: placeAfter(log, published.event),
    isFinished: false,
    published: null,
  };
}

/** A delivery that waits in the store. */
export function itemOfStored(delivery: Delivery, endpoint: Endpoint, log: NamedLog, clock: Clock): Item | null {
  const { event, dueAt, firstTriedAt } = delivery;
  if (event === null) return null;
  const { recovery } = endpoint;
  return {
    id: delivery.id,
    event,
    stream: event.stream,
    type: delivery.type,
    createdAt: delivery.createdAt,
    dueAtMs: clock.elapsed() + (dueAt === null ? 0 : Date.parse(dueAt) - clock.now()),
    tries: delivery.tries,
    firstTriedAtMs: firstTriedAt === null ? null : Date.parse(firstTriedAt),
    isPaced: recovery?.rate != null && delivery.createdAt >= recovery.requested_at,
    place: {
      log: log.id,
      position: event.position,
      event: { id: event.id, stream: event.stream, revision: event.revision },
    },
    isFinished: false,
    published: null,
  };
}

/** A delivery as the store keeps it. */
export function deliveryOf(
  item: Item,
  endpoint: string,
  status: DeliveryStatus,
  attempts: readonly Attempt[],
  clock: Clock,
): Delivery {
  const { id, event, type, createdAt, tries, firstTriedAtMs } = item;
  const isWaiting = status === 'waiting';
  return {
    id,
    endpoint,
    event,
    type,
    status,
    createdAt,
    dueAt: isWaiting ? timeText(clock.now() + Math.max(0, item.dueAtMs - clock.elapsed())) : null,
    firstTriedAt: firstTriedAtMs === null ? null : timeText(firstTriedAtMs),
    tries,
    attempts,
  };
}
