import { z } from 'zod';
import type { Place } from './view-at.ts';

const POSITION = /^@?(\d{1,20})$/;

/** At most milliseconds, like the times of events. */
const TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true }).regex(/^[^.]*(\.\d{1,3}(?!\d).*)?$/)]);

/** How to write a time, for error messages. */
export const TIMES =
  'a time with its zone, to the millisecond (2026-11-24T10:21:30.095+01:00, 2026-11-24T09:21:30Z), or a day (2026-11-24: its beginning, UTC)';

/** How to write a place, for error messages. */
export const PLACES = `a position of the log (1200 or @1200), or ${TIMES}`;

/** The place that a text names: a position, with or without `@`, or a time; null for any other text. */
export function placeIn(text: string): Place | null {
  const position = POSITION.exec(text)?.[1];
  if (position !== undefined) return { position: BigInt(position) };
  return TIME.safeParse(text).success ? { timeMs: Date.parse(text) } : null;
}

/** The text of a place, as `placeIn` reads it. */
export function placeText(place: Place): string {
  return 'position' in place ? String(place.position) : new Date(place.timeMs).toISOString();
}
