import { binaryEvent, type EventData, jsonEvent, type RecordedEvent as StoredEvent } from '@eventstore/db-client';
import { validate as isUuid, NIL } from 'uuid';
import { LogUnavailable } from '../errors.ts';
import type { NewEvent, RecordedEvent } from '../event-log.ts';

/**
 * Events as EventStoreDB's client takes and gives them. The port promises the text as it was, and the client parses JSON on reading:
 * what its `JSON.parse` and our `JSON.stringify` would not give back to the character is stored as bytes.
 */

/**
 * @throws {RangeError} the id is no UUID or nil, or the type is empty (the server answers those twice, and the client ends the process
 *   over it), or the metadata is not written as `JSON.stringify` writes it (there is no other form in which the client gives metadata
 *   back as it was)
 */
export function toEventData({ id, type, data, metadata }: NewEvent): EventData {
  if (!isUuid(id) || id === NIL) throw new RangeError(`The id of an event must be a UUID, not ${JSON.stringify(id)}`);
  if (type === '') throw new RangeError(`Event ${id} has no type`);
  const parsedMetadata = plainJson(metadata);
  if (parsedMetadata === null) throw new RangeError(`The metadata of event ${id} is not JSON in its plain form`);
  const parsedData = plainJson(data);
  return parsedData === null
    ? binaryEvent({ id, type, data: Buffer.from(data), metadata: parsedMetadata })
    : jsonEvent({ id, type, data: parsedData, metadata: parsedMetadata });
}

/** @throws {LogUnavailable} the server does not tell the event's position */
export function fromStored(event: StoredEvent): RecordedEvent {
  const { position } = event;
  if (position === undefined) {
    throw new LogUnavailable('EventStoreDB does not tell the positions of events: version 22.10 or later is needed');
  }
  return {
    id: event.id,
    type: event.type,
    data: textOf(event.data),
    metadata: event.metadata === undefined ? '{}' : textOf(event.metadata),
    stream: event.streamId,
    revision: Number(event.revision),
    position: position.commit,
  };
}

/** The JSON that a text holds, where it survives being parsed and written again; null where it does not. */
function plainJson(text: string): Record<string, unknown> | null {
  const parsed = parse(text);
  return typeof parsed === 'object' && JSON.stringify(parsed) === text
    ? (parsed as Record<string, unknown> | null)
    : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(content: unknown): string {
  return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : JSON.stringify(content);
}
