import type { RecordedEvent } from '../../events/event-log.ts';
import { quarantinedEventJson } from '../../operations/quarantined-event-json.ts';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import type { Context } from '../context.ts';
import { printable, printableJson } from '../printable.ts';
import { Table } from '../table.ts';

const COLUMNS = [
  { name: 'position' },
  { name: 'stream', isWhole: true },
  { name: 'revision', leftOut: 1 },
  { name: 'type', leftOut: 2 },
  { name: 'event id', leftOut: 3, isWhole: true },
  { name: 'reason' },
];

/** Prints events of the quarantine: as one JSON object a line, as `/readyz?verbose` has them, or as a table. */
export function quarantinePrinter(
  context: Context,
  json: boolean,
): (events: readonly QuarantinedEvent[]) => Promise<void> {
  const table = new Table(context, COLUMNS);
  return (events) => (json ? context.write(events.map(quarantineJsonLine).join('')) : table.print(events.map(texts)));
}

function texts({ position, stream, revision, type, eventId, reason }: QuarantinedEvent): string[] {
  return [String(position), stream, String(revision), type, eventId, reason].map((text) => printable(text));
}

function quarantineJsonLine(event: QuarantinedEvent): string {
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
