import type { Appended, NewEvent } from '../events/event-log.ts';
import type { DomainEvent, Fact } from '../events/event-types.ts';
import type { EventMetadata } from '../events/metadata.ts';
import { newId } from '../events/new-id.ts';

/**
 * Who sends the command, for whom, and why. It becomes the metadata of each event of the command. The request is the cause unless another
 * one is named.
 */
export type CommandContext = Omit<
  EventMetadata,
  'occurred_at' | 'log' | 'schema_version' | '$correlationId' | '$causationId'
> &
  Partial<Pick<EventMetadata, '$correlationId' | '$causationId'>>;

/** @param log the id of the log that they are appended to */
export function metadataOf(context: CommandContext, log: string): EventMetadata {
  const { $correlationId = context.request_id, $causationId = context.request_id } = context;
  return { occurred_at: new Date().toISOString(), ...context, log, schema_version: 1, $correlationId, $causationId };
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
