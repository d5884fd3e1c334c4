import { reasonOf } from '../errors/reason-of.ts';
import { UndecodableEvent } from './errors.ts';
import type { RecordedEvent } from './event-log.ts';
import { type DomainEvent, type EventType, eventSchemas } from './event-types.ts';
import { parseJson } from './json.ts';
import { metadataSchema } from './metadata.ts';

/**
 * Decodes a recorded event into a domain event. Every reader uses this function. Old schema versions are upcast here.
 * @throws {UndecodableEvent} it names the event, and the part that this version cannot read.
 */
export function decode(event: RecordedEvent): DomainEvent {
  if (!isKnownType(event.type)) {
    throw new UndecodableEvent(
      `${eventLabel(event)}: this version does not know the event type ${JSON.stringify(event.type)}`,
    );
  }
  const type = event.type as EventType;
  const metadata = metadataSchema.safeParse(parse(event, 'metadata'));
  if (!metadata.success) throw new UndecodableEvent(`${eventLabel(event)}: metadata: ${faultsIn(metadata.error)}`);
  const data = eventSchemas[type].safeParse(parse(event, 'data'));
  if (!data.success) throw new UndecodableEvent(`${eventLabel(event)}: data: ${faultsIn(data.error)}`);
  return {
    type,
    data: data.data,
    id: event.id,
    stream: event.stream,
    revision: event.revision,
    position: event.position,
    metadata: metadata.data,
  } as DomainEvent;
}

/** Whether this release knows the type; a newer release, which knows more, may run beside it. */
export function isKnownType(type: string): boolean {
  return Object.hasOwn(eventSchemas, type);
}

/** The domain event, or the reason why this version cannot read it: for readers that continue after such an event. */
export function decodeOrReason(event: RecordedEvent): DomainEvent | string {
  try {
    return decode(event);
  } catch (error) {
    return reasonOf(error);
  }
}

function parse(event: RecordedEvent, part: 'data' | 'metadata'): unknown {
  try {
    return parseJson(event[part]);
  } catch (error) {
    throw new UndecodableEvent(`${eventLabel(event)}: its ${part} is not JSON`, error);
  }
}

function eventLabel(event: RecordedEvent): string {
  return `event ${event.revision} of ${event.stream}`;
}

function faultsIn(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  return error.issues.map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`).join('; ');
}
