import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { validate as isUuid, NIL } from 'uuid';
import type { NewEvent, RecordedEvent } from '../event-log.ts';

/** Events as EventStoreDB's messages have them. Their text is sent and read as bytes: nobody parses it on the way. */

export type ProposedMessage = streams.BatchAppendReq.ProposedMessage;

const encoder = new TextEncoder();

/** @throws {RangeError} the id is no UUID or nil, or the type is empty: what the server takes for a malformed request */
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

/** The event in a message of a read; null where it holds something else. */
export function eventIn(message: streams.ReadResp): RecordedEvent | null {
  const event = message.getEvent()?.getEvent();
  if (event === undefined) return null;
  return {
    id: event.getId()?.getString() ?? '',
    type: event.getMetadataMap().get('type') ?? '',
    data: textOf(event.getData_asU8()),
    // Others may have written one without.
    metadata: textOf(event.getCustomMetadata_asU8()) || '{}',
    stream: textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
    revision: Number(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
  };
}

/**
 * Whether other readers would have the same text after their `JSON.parse` and `JSON.stringify`. What would come out as another number or
 * in another order is not marked as JSON, so that none of them shows something else than was recorded.
 */
function isPlainJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && JSON.stringify(parsed) === text;
  } catch {
    return false;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
