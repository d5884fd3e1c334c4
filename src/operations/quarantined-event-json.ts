import type { QuarantinedEvent } from '../projections/projector-store.ts';

/** An event in the quarantine as reports have it, to be written as JSON. */
export function quarantinedEventJson({ stream, revision, position, eventId, type, reason }: QuarantinedEvent): object {
  return { stream, revision, position: String(position), event_id: eventId, type, reason };
}
