import type { Found, Shaped } from '../../../mongodb/document.ts';
import { attemptsIn, attemptsText } from '../attempts-text.ts';
import { DeliveriesUnavailable, type Delivery, type Lease, type Progress } from '../delivery-store.ts';

/**
 * Deliveries, progress and leases in their collections: flat documents. Positions are 64-bit integers, which the driver gives as bigint;
 * attempts are JSON text, because what a receiver answers may be anything.
 */

export function toDeliveryDocument(delivery: Delivery): Shaped {
  return {
    _id: delivery.id,
    endpoint: delivery.endpoint,
    ...eventFields(delivery.event),
    position: delivery.event?.position ?? null,
    type: delivery.type,
    status: delivery.status,
    created_at: delivery.createdAt,
    due_at: delivery.dueAt,
    first_tried_at: delivery.firstTriedAt,
    tries: delivery.tries,
    attempts: attemptsText(delivery.attempts),
  };
}

/** @throws {DeliveriesUnavailable} it is none of ours */
export function toDelivery(found: Found): Delivery {
  const event = eventIn(found);
  return {
    id: found._id as string,
    endpoint: found.endpoint as string,
    event: event && { ...event, position: positionIn(found) },
    type: found.type as string,
    status: found.status as Delivery['status'],
    createdAt: found.created_at as string,
    dueAt: found.due_at as string | null,
    firstTriedAt: found.first_tried_at as string | null,
    tries: Number(found.tries),
    attempts: ours(found, () => attemptsIn(found.attempts)),
  };
}

/** The progress of an endpoint as its document. */
export function toProgressDocument(endpoint: string, progress: Progress): Shaped {
  const { log, position, event } = progress.scanned;
  return {
    _id: endpoint,
    log,
    position,
    ...eventFields(event),
    failures: progress.failures,
    failing_since: progress.failingSince,
    last_tried_at: progress.lastTriedAt,
    recovery: progress.recovery,
  };
}

/** @throws {DeliveriesUnavailable} it is none of ours */
export function toProgress(found: Found): Progress {
  return {
    scanned: { log: found.log as string, position: positionIn(found), event: eventIn(found) },
    failures: Number(found.failures),
    failingSince: found.failing_since as string | null,
    lastTriedAt: found.last_tried_at as string | null,
    recovery: found.recovery as string | null,
  };
}

/** The lease in a document. */
export function toLease({ _id, holder, beat }: Found): Lease {
  return { endpoint: _id as string, holder: holder as string, beat: Number(beat) };
}

type EventPlace = Progress['scanned']['event'];

function eventFields(event: EventPlace): object {
  return { event_id: event?.id ?? null, stream: event?.stream ?? null, revision: event?.revision ?? null };
}

function eventIn({ event_id, stream, revision }: Found): EventPlace {
  return event_id === null ? null : { id: event_id as string, stream: stream as string, revision: Number(revision) };
}

function positionIn(found: Found): bigint {
  return ours(found, () => BigInt(found.position as bigint));
}

function ours<T>({ _id }: Found, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DeliveriesUnavailable(`the document ${String(_id)} was not written by this program`, error);
  }
}
