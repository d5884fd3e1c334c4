import type { RecordedEvent } from '../../events/event-log.ts';
import { quarantinedEventJson } from '../../operations/quarantined-event-json.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { printable, printableJson } from '../printable.ts';

/** An event in the quarantine as one line for a person, columns separated by tabs. */
export function quarantineLine({ position, stream, revision, type, eventId, reason }: QuarantinedEvent): string {
  const columns = [String(position), stream, String(revision), type, eventId, reason];
  return `${columns.map((column) => printable(column)).join('\t')}\n`;
}

/** The same as one line of JSON, as `/readyz?verbose` has it. */
export function quarantineJsonLine(event: QuarantinedEvent): string {
  return `${printableJson(JSON.stringify(quarantinedEventJson(event)))}\n`;
}

/** A whole event as the log has it, and why it is in the quarantine, one line for each member. */
export function wholeEvent(event: RecordedEvent, { reason }: QuarantinedEvent): string {
  const { position, stream, revision, id, type, data, metadata } = event;
  const lines = { position: String(position), stream, revision: String(revision), id, type, data, metadata, reason };
  return Object.entries(lines)
    .map(([name, text]) => `${name.padEnd(10)}${printable(text, Number.POSITIVE_INFINITY)}\n`)
    .join('');
}
