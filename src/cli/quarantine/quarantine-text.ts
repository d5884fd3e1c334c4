import type { RecordedEvent } from '../../events/event-log.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { jsonLine } from '../json-line.ts';
import { printable } from '../printable.ts';

/** An event that is set aside as one line for a person, columns parted by tabs. */
export function quarantineLine({ position, stream, revision, type, eventId, reason }: QuarantinedEvent): string {
  const columns = [String(position), stream, String(revision), type, eventId, reason];
  return `${columns.map((column) => printable(column)).join('\t')}\n`;
}

/** The same as one line of JSON, as `/readyz?verbose` has it. */
export function quarantineJsonLine({ stream, revision, position, eventId, type, reason }: QuarantinedEvent): string {
  return jsonLine({
    stream: JSON.stringify(stream),
    revision: String(revision),
    position: `"${position}"`,
    event_id: JSON.stringify(eventId),
    type: JSON.stringify(type),
    reason: JSON.stringify(reason),
  });
}

/** An event as the log has it, nothing of it left out, a line each: what it is, its data, its metadata, and why it is set aside. */
export function wholeEvent(event: RecordedEvent, { reason }: QuarantinedEvent): string {
  const { position, stream, revision, id, type, data, metadata } = event;
  const lines = { position: String(position), stream, revision: String(revision), id, type, data, metadata, reason };
  return Object.entries(lines)
    .map(([name, text]) => `${name.padEnd(10)}${printable(text, Number.POSITIVE_INFINITY)}\n`)
    .join('');
}
