import { detailsOf, timeOf } from '../../events/event-details.ts';
import type { EventLog } from '../../events/event-log.ts';
import { beginningOf, endOf, type Place, placeAfter } from '../../subscribers/place.ts';
import type { Context } from '../context.ts';

/** The place directly before the first event of a time or later, or of no known time. The log is read up to there. */
export async function placeBefore(timeMs: number, log: EventLog, context: Context): Promise<Place> {
  let place = beginningOf(log);
  const end = await endOf(log);
  for await (const page of context.scan(log, 0n, end.position)) {
    for (const event of page) {
      const eventMs = timeOf(detailsOf(event));
      if (eventMs === null || eventMs >= timeMs) return place;
      place = placeAfter(log, event);
    }
  }
  return place;
}
