import type { RecordedEvent } from '../../events/event-log.ts';
import { detailsOf, type EventDetails } from '../../projections/event-details.ts';
import { asJson, jsonObject } from '../../projections/json-text.ts';
import type { TimelineEntry } from '../../projections/timeline.ts';
import type { FieldChange } from '../../projections/view-changes.ts';
import { printable, printableJson } from '../printable.ts';

/** How much of a value is shown where it is one of several on a line. */
const MOST_CHARACTERS = 120;

/** Who brought an event about: `user <id>`, `secret <id>`, `operator <name>`; null where it does not tell. */
export function actorOf({ userId, secretId, operator }: EventDetails): string | null {
  if (userId !== null) return `user ${userId}`;
  if (secretId !== null) return `secret ${secretId}`;
  return operator === null ? null : `operator ${operator}`;
}

/** An event as one line for a person, columns parted by tabs. */
export function eventLine(event: RecordedEvent, problem: string | null): string {
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
  return `${columns.map((column) => printable(column ?? '-', MOST_CHARACTERS)).join('\t')}\n`;
}

/** An event as one line of JSON: as an export has it, with `problem` where this version cannot read it. */
export function eventJsonLine(event: RecordedEvent, problem: string | null): string {
  const members = eventMembers(event);
  if (problem !== null) members.problem = JSON.stringify(problem);
  return jsonLine(members);
}

/** An event, what it changed, and why no more can be told, as one line of JSON. */
export function entryJsonLine({ event, changes, problem }: TimelineEntry): string {
  return jsonLine({ ...eventMembers(event), changes: changesJson(changes), problem: JSON.stringify(problem) });
}

export function changesJson(changes: readonly FieldChange[]): string {
  return `[${changes.map(changeJson).join(',')}]`;
}

function changeJson({ field, before, after }: FieldChange): string {
  return jsonObject({ field: JSON.stringify(field), before: before ?? 'null', after: after ?? 'null' });
}

/** A JSON object of members that are JSON text, as a line that is safe at a terminal. */
export function jsonLine(members: { readonly [name: string]: string }): string {
  return `${printableJson(jsonObject(members))}\n`;
}

/** A change as a line for a person: `album_id: null → "5005…"`; of a field that is new or gone, the one value that there is. */
export function changeLine({ field, before, after }: FieldChange): string {
  const values = [before, after].filter((value) => value !== null).map((value) => printable(value, MOST_CHARACTERS));
  return `${printable(field)}: ${values.join(' → ')}`;
}

function eventMembers({ position, stream, revision, id, type, data, metadata }: RecordedEvent): {
  [name: string]: string;
} {
  return {
    position: `"${position}"`,
    stream: JSON.stringify(stream),
    revision: String(revision),
    id: JSON.stringify(id),
    type: JSON.stringify(type),
    data: asJson(data),
    metadata: asJson(metadata),
  };
}
