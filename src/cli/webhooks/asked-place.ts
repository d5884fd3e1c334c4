import type { Command } from 'commander';
import type { EventLog } from '../../events/event-log.ts';
import { isIn, type Place } from '../../subscribers/place.ts';
import type { Context } from '../context.ts';
import { Interrupted } from '../outcomes.ts';
import { cursorsOf, notOurCursor, PLACE_GONE } from '../reading/cursors.ts';
import { placeBefore } from '../reading/place-before.ts';

/** From where on to send. */
export interface AskedPlace {
  /** In milliseconds since 1970. */
  readonly since?: number;
  /** A cursor, of whatever scope: an operator may use all of them. */
  readonly after?: string;
}

/**
 * The place that was asked for; null: none was. Ends with wrong usage for what is no cursor.
 * @throws {Error} the log does not have it any more
 * @throws {Interrupted} while it was looked for
 */
export async function askedPlace(
  { since, after }: AskedPlace,
  log: EventLog,
  command: Command,
  context: Context,
): Promise<Place | null> {
  if (since !== undefined) {
    const place = await placeBefore(since, log, context);
    // It has not come to the place yet.
    if (context.isInterrupted) throw new Interrupted('Interrupted. Nothing was changed.');
    return place;
  }
  if (after === undefined) return null;
  const { place } = (await cursorsOf(context, log)).read(after) ?? notOurCursor(command);
  if (await isIn(log, place)) return place;
  throw new Error(`${PLACE_GONE} Use --since <a time> instead.`);
}
