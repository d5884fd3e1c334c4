import { detailsOf, type EventDetails } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { recordedEventMembers } from '../../history/recorded-event-json.ts';
import type { TimelineEntry } from '../../history/timeline.ts';
import { changesJson } from '../change-text.ts';
import { jsonLine } from '../json-line.ts';
import { EXCERPT_CHARACTERS, printable } from '../printable.ts';

/** Who caused an event: `user <id>`, `secret <id>`, `operator <name>`; null if it does not say. */
export function actorOf({ userId, secretId, operator }: EventDetails): string | null {
  if (userId !== null) return `user ${userId}`;
  if (secretId !== null) return `secret ${secretId}`;
  return operator === null ? null : `operator ${operator}`;
}

/** The columns of `eventTexts`. At 80 characters there is room for the position, the stream and the type. */
export const EVENT_COLUMNS = [
  { name: 'position' },
  { name: 'time', leftOut: 1 },
  { name: 'stream', isWhole: true },
  { name: 'revision', leftOut: 4 },
  { name: 'type' },
  { name: 'who', leftOut: 2, isWhole: true },
  { name: 'organization', leftOut: 5, isWhole: true },
  { name: 'data', leftOut: 3 },
];

/** An event as a row of a table for a person, and the problem, if it has one. */
export function eventTexts(event: RecordedEvent, problem: string | null): string[] {
  const details = detailsOf(event);
  const columns = [
    String(event.position),
    details.occurredAt,
    event.stream,
    String(event.revision),
    event.type,
    actorOf(details),
    details.organizationId,
    event.data,
    ...(problem === null ? [] : [`! ${problem}`]),
  ];
  return columns.map((column) => printable(column ?? '-', EXCERPT_CHARACTERS));
}

/** An event as one line of JSON, as `/api/v1/operations/events` has it. */
export function eventJsonLine(event: RecordedEvent, problem: string | null): string {
  return jsonLine(recordedEventMembers(event, problem));
}

/** An event, and what it changed, as one line of JSON. */
export function entryJsonLine({ event, changes, problem }: TimelineEntry): string {
  return jsonLine({ ...recordedEventMembers(event, problem), changes: changesJson(changes) });
}
