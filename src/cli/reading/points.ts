import { InvalidArgumentError } from 'commander';
import { PLACES, placeIn, TIMES } from '../../history/place-text.ts';
import type { Place, Point } from '../../history/view-at.ts';

const REVISION = /^\d+$/;

/** `--at`, `--diff`: a revision of the stream, `@` and a position of the log, or a time. */
export function pointArgument(text: string): Point {
  if (REVISION.test(text)) return { revision: Number(text) };
  const point = placeIn(text);
  if (point === null) {
    throw new InvalidArgumentError(`It must be a revision (0), a position of the log (@1200), or ${TIMES}.`);
  }
  return point;
}

/** `--since`, `--until`: a position of the log, with `@` or without, or a time. */
export function placeArgument(text: string): Place {
  const place = placeIn(text);
  if (place === null) throw new InvalidArgumentError(`It must be ${PLACES}.`);
  return place;
}

/** A time, in milliseconds since 1970. */
export function timeArgument(text: string): number {
  const place = placeIn(text);
  if (place === null || 'position' in place) throw new InvalidArgumentError(`It must be ${TIMES}.`);
  return place.timeMs;
}
