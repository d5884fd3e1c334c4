import type { Watermark } from '../../commands/webhook.ts';
import type { Place } from '../place.ts';

/** A place as events record it: with the mark of the installation whose log it is in. */
export function markOf({ log, position, event }: Place, service: string): Watermark {
  return { log, service, position: String(position), event: event && { ...event } };
}

/** The place that a mark names. */
export function placeOfMark({ log, position, event }: Watermark): Place {
  return { log, position: BigInt(position), event };
}
