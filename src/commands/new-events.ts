import type { Appended, NewEvent } from '../events/event-log.ts';
import type { DomainEvent, EventMetadata, Fact } from '../events/event-types.ts';
import { newId } from '../events/new-id.ts';

/** Who sends the command, for whom, and why. It becomes the metadata of each event of the command. */
export type CommandContext = Pick<
  EventMetadata,
  'organization_id' | 'user_id' | 'secret_id' | 'operator' | 'request_id'
> & { readonly cause?: EventCause };

/** The event that a command follows from, if it is not its request alone. */
export interface EventCause {
  /** Of that event: so all events that a request led to have the same. */
  readonly correlationId: string;
  readonly eventId: string;
}

/** @param log the id of the log that they are appended to */
export function metadataOf({ cause, ...context }: CommandContext, log: string): EventMetadata {
  return {
    occurred_at: new Date().toISOString(),
    ...context,
    log,
    schema_version: 1,
    $correlationId: cause?.correlationId ?? context.request_id,
    $causationId: cause?.eventId ?? context.request_id,
  };
}

/** The facts as events to append, with new ids. */
export function newEvents(facts: readonly Fact[], metadata: EventMetadata): NewEvent[] {
  const text = JSON.stringify(metadata);
  return facts.map(({ type, data }) => ({ id: newId(), type, data: JSON.stringify(data), metadata: text }));
}

/**
 * The facts as recorded events, without a read.
 * @param events the events of the facts, in the same order
 * @param appended the place of the last event; all get its position
 */
export function domainEvents(
  facts: readonly Fact[],
  events: readonly NewEvent[],
  stream: string,
  metadata: EventMetadata,
  { revision, position }: Appended,
): DomainEvent[] {
  const before = revision - facts.length + 1;
  return facts.map((fact, index) => ({
    ...fact,
    id: (events[index] as NewEvent).id,
    stream,
    revision: before + index,
    position,
    metadata,
  }));
}
