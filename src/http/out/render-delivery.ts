import { fullType } from '../../subscribers/cloud-event.ts';
import type { Delivery } from '../../subscribers/webhooks/delivery-store.ts';
import type { Services } from '../services.ts';
import { timeIn } from './zone-clock.ts';

/** A delivery with its attempts, as compact JSON text. */
export function renderDelivery(delivery: Delivery, { naming, inZone }: Pick<Services, 'naming' | 'inZone'>): string {
  const { id, event, type, status, createdAt, dueAt, tries, attempts } = delivery;
  return JSON.stringify({
    id,
    event_id: event?.id ?? null,
    type: fullType(naming, type),
    status,
    created_at: timeIn(inZone, createdAt),
    due_at: timeIn(inZone, dueAt),
    tries,
    attempts: attempts.map(({ at, ms, status, answer, failure }) => ({
      ...{ at: timeIn(inZone, at), ms, status, answer, failure },
    })),
  });
}
