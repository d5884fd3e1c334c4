import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { validate as isUuid, NIL } from 'uuid';
import type { NewEvent, RecordedEvent } from '../event-log.ts';
import { isEventOfOurs } from './our-events.ts';
import type { StreamNames } from './stream-names.ts';

/** Events in EventStoreDB's messages. Their text is sent and read as bytes and never parsed on the way. */

export type ProposedMessage = streams.BatchAppendReq.ProposedMessage;

const encoder = new TextEncoder();

/** @throws {RangeError} the id is no UUID or is nil, or the type is empty: the server would call the request malformed */
export function proposed({ id, type, data, metadata }: NewEvent): ProposedMessage {
  if (!isUuid(id) || id === NIL) throw new RangeError(`The id of an event must be a UUID, not ${JSON.stringify(id)}`);
  if (type === '') throw new RangeError(`Event ${id} has no type`);
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(id))
    .setData(encoder.encode(data))
    .setCustomMetadata(encoder.encode(metadata));
  message.getMetadataMap().set('type', type);
  message.getMetadataMap().set('content-type', `application/${isPlainJson(data) ? 'json' : 'octet-stream'}`);
  return message;
}

/** The event in a message of a read; null if it holds something else, or an event in a stream of others. */
export function eventIn(message: streams.ReadResp, names: StreamNames): RecordedEvent | null {
  const event = message.getEvent()?.getEvent();
  if (event === undefined) return null;
  const stream = names.ofOurs(utf8TextOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()));
  if (stream === null) return null;
  return {
    id: event.getId()?.getString() ?? '',
    type: event.getMetadataMap().get('type') ?? '',
    data: utf8TextOf(event.getData_asU8()),
    metadata: utf8TextOf(event.getCustomMetadata_asU8()),
    stream,
    revision: Number(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
  };
}

/** The same, but null for an event that does not belong to the log, too. */
export function ourEventIn(message: streams.ReadResp, names: StreamNames): RecordedEvent | null {
  const event = eventIn(message, names);
  return event !== null && isEventOfOurs(event) ? event : null;
}

/**
 * Whether `JSON.parse` and `JSON.stringify` give the same text. If they change a number or the order, the text is not marked as JSON:
 * so no other reader shows something else than was recorded.
 */
function isPlainJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && JSON.stringify(parsed) === text;
  } catch {
    return false;
  }
}

function utf8TextOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
