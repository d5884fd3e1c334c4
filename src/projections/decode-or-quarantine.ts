import { decodeOrReason } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import type { QuarantinedEvent } from './projector-store.ts';

/** An event to project, or one that could not even be decoded. */
export type Projectable = DomainEvent | QuarantinedEvent;

/** An event to project; one that cannot be decoded, with its reason. */
export function decodeOrQuarantine(event: RecordedEvent): Projectable {
  const decoded = decodeOrReason(event);
  return typeof decoded === 'string' ? asQuarantined(event, decoded) : decoded;
}

/** An event, decoded or not, as it goes to the quarantine. */
export function asQuarantined(
  { stream, revision, position, id, type }: Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'id' | 'type'>,
  reason: string,
): QuarantinedEvent {
  return { stream, revision, position, eventId: id, type, reason };
}
