import type { RecordedEvent } from '../../events/event-log.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { quarantinePages } from '../../projections/quarantine.ts';
import type { AtTerminal } from '../at-terminal.ts';
import { NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';
import { eventJsonLine } from '../reading/event-text.ts';
import type { Session } from '../session.ts';
import { quarantineJsonLine, quarantineLine, wholeEvent } from './quarantine-text.ts';

/** Prints every event that is set aside, oldest first. */
export async function list({ readModel }: Session, json: boolean, { write, signal, say }: AtTerminal): Promise<void> {
  let isEmpty = true;
  for await (const page of quarantinePages(readModel)) {
    if (signal.aborted) return;
    await write(page.map(json ? quarantineJsonLine : quarantineLine).join(''));
    isEmpty = false;
  }
  if (isEmpty) say('Nothing is set aside.');
}

/**
 * Prints events that are set aside as the log has them.
 * @param which the id of an event, or the name of a stream
 * @throws {NotFound}
 */
export async function show(which: string, session: Session, json: boolean, terminal: AtTerminal): Promise<void> {
  const { write, signal } = terminal;
  let isFirst = true;
  for await (const page of quarantinePages(session.readModel)) {
    for (const quarantined of page.filter(({ eventId, stream }) => eventId === which || stream === which)) {
      if (signal.aborted) return;
      const event = await recorded(session, quarantined);
      await write(
        json ? eventJsonLine(event, quarantined.reason) : `${isFirst ? '' : '\n'}${wholeEvent(event, quarantined)}`,
      );
      isFirst = false;
    }
  }
  if (isFirst) throw new NotFound(`Neither an event nor a stream ${printable(which)} is set aside.`);
}

async function recorded({ log }: Session, { stream, revision }: QuarantinedEvent): Promise<RecordedEvent> {
  const [event] = await log.readStream(stream, revision, 1);
  if (event === undefined) throw new NotFound(`The log has no event ${revision} of ${printable(stream)} any more.`);
  return event;
}
