import { z } from 'zod';
import type { Place } from './view-at.ts';

const POSITION = /^@?(\d{1,20})$/;

/** At most milliseconds, like the times of events. */
const TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true }).regex(/^[^.]*(\.\d{1,3}(?!\d).*)?$/)]);

const DURATION = /^(\d{1,6})([smhdw])$/;

const SECONDS_IN = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

const DAY_MS = 86_400_000;

/** How to write a time, for error messages. */
export const TIMES =
  'a time with its zone, to the millisecond (2026-11-24T10:21:30.095+01:00, 2026-11-24T09:21:30Z), a day ' +
  '(2026-11-24, today, yesterday: its beginning, UTC), or how long ago (90m, 1h, 2d)';

/** How to write a place, for error messages. */
export const PLACES = `a position of the log (1200 or @1200), or ${TIMES}`;

/**
 * The place that a text names: a position, with or without `@`, or a time; null for any other text.
 * @param nowMs from when on a relative time counts, in milliseconds since 1970
 */
export function placeIn(text: string, nowMs = Date.now()): Place | null {
  const position = POSITION.exec(text)?.[1];
  if (position !== undefined) return { position: BigInt(position) };
  const relativeMs = relativeTime(text, nowMs);
  if (relativeMs !== null) return { timeMs: relativeMs };
  return TIME.safeParse(text).success ? { timeMs: Date.parse(text) } : null;
}

function relativeTime(text: string, nowMs: number): number | null {
  const today = nowMs - (nowMs % DAY_MS);
  if (text === 'today') return today;
  if (text === 'yesterday') return today - DAY_MS;
  const seconds = secondsIn(text);
  return seconds === null ? null : nowMs - seconds * 1_000;
}

/** How many seconds a text such as `90m`, `1h` or `2d` means; null for any other text. */
export function secondsIn(text: string): number | null {
  const [, count, unit] = DURATION.exec(text) ?? [];
  return count === undefined ? null : Number(count) * SECONDS_IN[unit as keyof typeof SECONDS_IN];
}

/** The text of a place, as `placeIn` reads it. */
export function placeText(place: Place): string {
  return 'position' in place ? String(place.position) : new Date(place.timeMs).toISOString();
}
