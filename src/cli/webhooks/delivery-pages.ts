import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveriesQuery, Delivery, DeliveryReader } from '../../subscribers/webhooks/delivery-store.ts';

/** A delivery may have 20 attempts with a kilobyte each. */
const DELIVERIES_A_PAGE = 100;

/** All deliveries that match, newest first, in non-empty pages. @throws {DeliveriesUnavailable} */
export async function* deliveryPages(
  store: Pick<DeliveryReader, 'list'>,
  query: Omit<DeliveriesQuery, 'before' | 'limit'>,
): AsyncGenerator<readonly Delivery[]> {
  let before: DeliveriesQuery['before'];
  for (;;) {
    const page = await store.list({ ...query, before, limit: DELIVERIES_A_PAGE });
    if (page.length > 0) yield page;
    if (page.length < DELIVERIES_A_PAGE) return;
    before = page.at(-1);
    // So that Ctrl-C comes in between.
    await nextTurn();
  }
}

/** A time as deliveries have it. */
export function timeText(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}
