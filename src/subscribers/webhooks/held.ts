import type { EventLog } from '../../events/event-log.ts';
import { isIn } from '../place.ts';
import type { DeliveryStore } from './delivery-store.ts';
import { beginningOf, type Endpoint } from './endpoint.ts';

/** Where this installation keeps what webhooks depend on. */
export interface Installation {
  readonly log: EventLog;
  /** Its mark in watermarks. */
  readonly service: string;
  readonly store: Pick<DeliveryStore, 'progress'>;
}

/** For callers, who see it too: only operators can do that. */
const ENABLE = 'an operator must say from where on it sends, by `npx imports webhooks enable` with --since or --after';

/** Why the watermark alone holds an endpoint; null: it does not. */
export function heldByWatermark({ watermark }: Endpoint, { log, service }: Omit<Installation, 'store'>): string | null {
  if (watermark.log !== log.id) {
    return `Its watermark is of another event log (${watermark.log}): this one was loaded from there; ${ENABLE}.`;
  }
  if (watermark.service === service) return null;
  return `Its watermark is of another installation: this event log was copied, restored or moved; ${ENABLE}.`;
}

/**
 * Why an endpoint is held, as a sentence; null: it is not. A held endpoint gets nothing, since another installation may be sending the same.
 * @throws {DeliveriesUnavailable | LogUnavailable}
 */
export async function heldReason(endpoint: Endpoint, installation: Installation): Promise<string | null> {
  const byWatermark = heldByWatermark(endpoint, installation);
  if (byWatermark !== null) return byWatermark;
  const { log, store } = installation;
  const { scanned } = beginningOf(endpoint, await store.progress(endpoint.id)).progress;
  if (await isIn(log, scanned)) return null;
  return `Its deliveries have come to an event that this event log does not have at that place: the log is an older backup; ${ENABLE}.`;
}
