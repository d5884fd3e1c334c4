import { type Command, InvalidArgumentError } from 'commander';
import { validate as isUuid } from 'uuid';
import type { About } from '../../history/about.ts';
import { PLACES, placeIn, placeText, TIMES } from '../../history/place-text.ts';
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

/** Ends with wrong usage if nothing can be between two places. */
export function assertInOrder(
  { since, until }: { readonly since?: Place; readonly until?: Place },
  command: Command,
): void {
  if (since === undefined || until === undefined) return;
  const isReversed =
    'position' in since && 'position' in until
      ? since.position > until.position
      : 'timeMs' in since && 'timeMs' in until && since.timeMs > until.timeMs;
  if (!isReversed) return;
  command.error(
    `error: nothing can be between --since ${placeText(since)} and --until ${placeText(until)}: the first is the later one`,
  );
}

/** `--about`: `user:UUID`, `secret:UUID` or `organization:UUID`. */
export function aboutArgument(text: string): About {
  const [kind = '', id = ''] = text.split(':');
  if (text.split(':').length === 2 && isUuid(id) && (kind === 'user' || kind === 'secret' || kind === 'organization')) {
    return { kind, id: id.toLowerCase() };
  }
  throw new InvalidArgumentError('It must be user:, secret: or organization: and a UUID.');
}

/** A time, in milliseconds since 1970. */
export function timeArgument(text: string): number {
  const place = placeIn(text);
  if (place === null || 'position' in place) throw new InvalidArgumentError(`It must be ${TIMES}.`);
  return place.timeMs;
}
