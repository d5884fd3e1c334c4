import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { streamName } from '../../events/streams.ts';

/** The most that are given at once. An import has some dozens; an endpoint may have a private one for each minute of years. */
export const SUBJECT_EVENTS = 500;

/** The categories of the streams that have public events. */
const CATEGORIES = ['import', 'webhook', 'connection'] as const;

/**
 * The next events of one import, webhook or connection after a position, read from its own stream; if they are fewer than `SUBJECT_EVENTS`, there are
 * no more.
 * @param subject a UUID
 * @throws {LogUnavailable}
 */
export async function nextOfSubject(log: EventLog, subject: string, after: bigint): Promise<RecordedEvent[]> {
  for (const category of CATEGORIES) {
    const stream = streamName(category, subject);
    const from = await revisionBefore(log, stream, after);
    const events = await log.readStream(stream, from, 2 * SUBJECT_EVENTS);
    if (events.length > 0) return events.filter(({ position }) => position > after).slice(0, SUBJECT_EVENTS);
  }
  return [];
}

/** A revision that is at most 500 before the first event after a position. It is found by few reads, however long the stream is. */
async function revisionBefore(log: EventLog, stream: string, after: bigint): Promise<number> {
  if (after === 0n) return 0;
  const isBefore = async (revision: number) => {
    const [event] = await log.readStream(stream, revision, 1);
    return event !== undefined && event.position <= after;
  };
  let [from, step] = [0, SUBJECT_EVENTS];
  while (await isBefore(from + step)) {
    from += step;
    step *= 2;
  }
  for (step /= 2; step >= SUBJECT_EVENTS; step /= 2) {
    if (await isBefore(from + step)) from += step;
  }
  return from;
}
