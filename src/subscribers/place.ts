import type { EventLog, RecordedEvent } from '../events/event-log.ts';

/** A place in a log: directly after an event, or the beginning. */
export interface Place {
  /** The log's id. */
  readonly log: string;
  /** The event's position; 0n is the beginning. */
  readonly position: bigint;
  /** The event; null at the beginning. It tells whether the log still has the same past. */
  readonly event: Pick<RecordedEvent, 'id' | 'stream' | 'revision'> | null;
}

/** The place before every event. */
export function beginningOf({ id }: Pick<EventLog, 'id'>): Place {
  return { log: id, position: 0n, event: null };
}

/** The place directly after an event. */
export function placeAfter({ id: log }: Pick<EventLog, 'id'>, event: RecordedEvent): Place {
  const { id, stream, revision, position } = event;
  return { log, position, event: { id, stream, revision } };
}

/**
 * Whether the log has the place's event there. If not, events have moved or are gone: it is another log, or an older backup of it.
 * @throws {LogUnavailable}
 */
export async function isIn(log: EventLog, { log: id, position, event }: Place): Promise<boolean> {
  if (id !== log.id) return false;
  if (event === null) return true;
  const [found] = await log.readStream(event.stream, event.revision, 1);
  return found !== undefined && found.id === event.id && found.position === position;
}

/**
 * The place after the newest event of a log.
 * @throws {LogUnavailable}
 */
export async function endOf(log: EventLog): Promise<Place> {
  const newest = await log.newest();
  return newest === null ? beginningOf(log) : placeAfter(log, newest);
}
