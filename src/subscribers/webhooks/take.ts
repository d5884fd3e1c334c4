import type { Clock } from '../../time/clock.ts';
import type { Published } from '../cloud-event.ts';
import type { Stretch } from '../feed/feed.ts';
import { isSelected } from '../feed/selection.ts';
import { type Place, placeAfter } from '../place.ts';
import type { Endpoint } from './endpoint.ts';
import { type Item, itemOf } from './item.ts';

/** What an endpoint takes of a stretch of the log. */
export interface Taken {
  readonly items: readonly { readonly item: Item; readonly event: Published }[];
  /** Up to here, every event has its delivery or needs none. */
  readonly scanned: Place;
}

/** The deliveries of the events that an endpoint wants, as many as there is room for; the rest stays in the log. */
export function takenOf(
  { events, to }: Stretch,
  endpoint: Endpoint,
  room: number,
  log: { readonly id: string },
  clock: Clock,
): Taken {
  const wanted = events.filter((event) => isSelected(event, endpoint.selection));
  const taken = wanted.slice(0, room);
  const last = taken.at(-1);
  return {
    items: taken.map((event) => ({ item: itemOf(event, endpoint, log, clock), event })),
    scanned: taken.length === wanted.length || last === undefined ? to : placeAfter(log, last.event),
  };
}
