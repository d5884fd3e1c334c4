import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import type { EventLog, NewEvent, RecordedEvent } from '../../events/event-log.ts';
import { type Patience, persistently } from './persistently.ts';

/** The outcome for an event: it was appended, or the log already held the same event. */
export type Outcome = 'appended' | 'there';

/**
 * Takes one event for the log, at its revision in its stream. Call it one by one, so that the log keeps the order.
 * @throws {Conflict} the stream holds another event at that revision, or lacks the ones before it; nothing was written.
 * @throws {LogUnavailable} the log stayed away for too long
 */
export type Target = (event: RecordedEvent) => Promise<Outcome>;

/** The log holds another history than the lines. It is never overwritten. */
export class Conflict extends Error {
  readonly code = 'conflict';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'Conflict';
  }
}

/** Appends to the log. */
export async function appendingTo(log: EventLog, patience: Patience): Promise<Target> {
  /** The newest known position: a new append comes after it, an append that was made before does not. */
  let newest = await log.head();

  return async (event) => {
    const { stream, revision, id } = event;
    const append = () => log.append(stream, [newEventOf(event)], revision === 0 ? 'no_stream' : revision - 1);
    try {
      const made = await persistently(append, patience);
      if (made.position > newest) {
        newest = made.position;
        return 'appended';
      }
      if (made.revision !== revision) {
        throw new Conflict(`event ${id} is at revision ${made.revision} of its stream in this log, not ${revision}`);
      }
    } catch (error) {
      if (codeOf(error) === 'event_id_taken') throw new Conflict(reasonOf(error), error);
      if (codeOf(error) !== 'wrong_expected_revision') throw error;
    }
    const held = await persistently(() => heldAt(log, stream, revision), patience);
    if (held === null) throw new Conflict(gapIn(event));
    assertSame(event, held);
    return 'there';
  };
}

/**
 * Says what `appendingTo` would do, and appends nothing. It remembers each event that would be appended, in some 200 bytes.
 * It does not notice an id that the log holds in another stream.
 * @param log null: there is none yet
 */
export function checkingAgainst(log: EventLog | null, patience: Patience): Target {
  const planned = new Map<string, string>();
  const placeText = (stream: string, revision: number) => `${stream}/${revision}`;

  return async (event) => {
    const { stream, revision, id } = event;
    const place = placeText(stream, revision);
    const plannedId = planned.get(place);
    if (plannedId !== undefined) {
      if (plannedId === id) return 'there';
      throw new Conflict(`stream ${stream} has event ${plannedId} at revision ${revision} from a line before`);
    }
    const held = await persistently(() => heldAt(log, stream, revision), patience);
    if (held !== null) {
      assertSame(event, held);
      return 'there';
    }
    if (revision > 0 && !planned.has(placeText(stream, revision - 1))) {
      if ((await persistently(() => heldAt(log, stream, revision - 1), patience)) === null) {
        throw new Conflict(gapIn(event));
      }
    }
    planned.set(place, id);
    return 'appended';
  };
}

function newEventOf({ id, type, data, metadata }: RecordedEvent): NewEvent {
  return { id, type, data, metadata };
}

async function heldAt(log: EventLog | null, stream: string, revision: number): Promise<RecordedEvent | null> {
  return log === null ? null : ((await log.readStream(stream, revision, 1))[0] ?? null);
}

function gapIn({ stream, revision }: RecordedEvent): string {
  return `stream ${stream} cannot take revision ${revision} in this log: the events before it are missing`;
}

function assertSame(event: RecordedEvent, held: RecordedEvent): void {
  const { stream, revision, id } = event;
  if (held.id !== id) {
    throw new Conflict(
      `stream ${stream} holds another event at revision ${revision} in this log: ${held.id}, ${held.type}`,
    );
  }
  const differing = (['type', 'data', 'metadata'] as const).filter((part) => held[part] !== event[part]);
  if (differing.length > 0) {
    throw new Conflict(`event ${id} is in this log with other ${differing.join(' and ')}; it stays as it is`);
  }
}
