import type { Command } from 'commander';
import type { EventLog } from '../../events/event-log.ts';
import { Cursors } from '../../subscribers/cursor.ts';
import type { Context } from '../context.ts';

/** What 410 says to callers of the API. What to do comes after it. */
export const PLACE_GONE =
  'The log does not have the event of this cursor at its place any more: it is another log, or an older backup was restored.';

/** The cursors of the service. @throws {BadConfig | OtherKey | LogUnavailable} */
export async function cursorsOf(context: Context, log: EventLog): Promise<Cursors> {
  return new Cursors(await context.keysOf(log));
}

/** Ends with wrong usage. */
export function notOurCursor(command: Command): never {
  return command.error(
    'error: --after takes a cursor that a service with this JWT_SECRET gave: the `cursor` of an event, or the `watermark` of a delivery',
  );
}
