import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { Place, Point } from '../../projections/view-at.ts';

const POSITION = /^@?(\d{1,20})$/;
const REVISION = /^\d+$/;

/** To the millisecond, like the events' own. */
const TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true }).regex(/^[^.]*(\.\d{1,3}(?!\d).*)?$/)]);

const TIMES =
  'a time with its zone, to the millisecond (2026-11-24T10:21:30.095+01:00, 2026-11-24T09:21:30Z), or a day (2026-11-24: as it begins, UTC)';

/** `--at`, `--diff`: a revision of the stream, `@` and a position of the log, or a time. */
export function pointArgument(text: string): Point {
  if (REVISION.test(text)) return { revision: Number(text) };
  const point = placeOf(text);
  if (point === null) {
    throw new InvalidArgumentError(`It must be a revision (0), a position of the log (@1200), or ${TIMES}.`);
  }
  return point;
}

/** `--since`, `--until`: a position of the log, with `@` or without, or a time. */
export function placeArgument(text: string): Place {
  const place = placeOf(text);
  if (place === null) throw new InvalidArgumentError(`It must be a position of the log (1200 or @1200), or ${TIMES}.`);
  return place;
}

function placeOf(text: string): Place | null {
  const position = POSITION.exec(text)?.[1];
  if (position !== undefined) return { position: BigInt(position) };
  return TIME.safeParse(text).success ? { timeMs: Date.parse(text) } : null;
}
