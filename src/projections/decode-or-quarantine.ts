import { decodeOrReason } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import type { QuarantinedEvent } from './projector-store.ts';

/** An event to project, or an event that cannot be decoded. */
export type Projectable = DomainEvent | QuarantinedEvent;

/** Decodes an event; if that is not possible, gives the entry for the quarantine with the reason. */
export function decodeOrQuarantine(event: RecordedEvent): Projectable {
  const decoded = decodeOrReason(event);
  return typeof decoded === 'string' ? asQuarantined(event, decoded) : decoded;
}

/** The entry of an event, decoded or not, in the quarantine. */
export function asQuarantined(
  { stream, revision, position, id, type }: Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'id' | 'type'>,
  reason: string,
): QuarantinedEvent {
  return { stream, revision, position, eventId: id, type, reason };
}
