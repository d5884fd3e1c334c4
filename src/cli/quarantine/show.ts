import type { RecordedEvent } from '../../events/event-log.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { quarantinePages } from '../../projections/quarantine.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';
import { eventJsonLine } from '../reading/event-text.ts';
import { quarantinePrinter, wholeEvent } from './quarantine-text.ts';

/** Prints every event in the quarantine, oldest first. */
export async function list(json: boolean, context: Context): Promise<void> {
  const { readModel } = await context.reading();
  const print = quarantinePrinter(context, json);
  for await (const page of quarantinePages(readModel)) {
    if (context.signal.aborted) return;
    await print(page);
  }
}

/**
 * Prints events of the quarantine as the log has them.
 * @param which the id of an event, or the name of a stream
 * @throws {NotFound}
 */
export async function show(which: string, json: boolean, context: Context): Promise<void> {
  const stores = await context.reading();
  let isFirst = true;
  for await (const page of quarantinePages(stores.readModel)) {
    for (const quarantined of page.filter(({ eventId, stream }) => eventId === which || stream === which)) {
      if (context.signal.aborted) return;
      const event = await recorded(stores, quarantined);
      await context.write(
        json ? eventJsonLine(event, quarantined.reason) : `${isFirst ? '' : '\n'}${wholeEvent(event, quarantined)}`,
      );
      isFirst = false;
    }
  }
  if (isFirst) throw new NotFound(`The quarantine has no event ${printable(which)}, and no event of such a stream.`);
}

async function recorded({ log }: StoresForReading, { stream, revision }: QuarantinedEvent): Promise<RecordedEvent> {
  const [event] = await log.readStream(stream, revision, 1);
  if (event === undefined) throw new NotFound(`The log has no event ${revision} of ${printable(stream)} any more.`);
  return event;
}
