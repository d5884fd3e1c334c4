import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expectation } from './log.ts';
import { type LogRecord, type Position, type ProposedEvent, positionOf } from './record.ts';

/** Between the log's records and the messages on the wire. */

type ProposedMessage = Pick<
  streams.BatchAppendReq.ProposedMessage,
  'getId' | 'getMetadataMap' | 'getData_asU8' | 'getCustomMetadata_asU8'
>;

/** @throws {Error} if the id is no UUID or there is no type, like the real server's parser and its Event */
export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const type = message.getMetadataMap().get('type') ?? '';
  if (type === '') throw new Error('Empty eventType provided.');
  return {
    id: uuidFrom(message.getId()),
    type,
    isJson: message.getMetadataMap().get('content-type') === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** The UUID as the real server shows it: in lower case and with hyphens, however it was sent. */
function uuidFrom(uuid: shared.UUID | undefined): string {
  const hex = uuid?.hasStructured()
    ? bitsInHex(uuid.getStructured()?.getMostSignificantBits()) +
      bitsInHex(uuid.getStructured()?.getLeastSignificantBits())
    : (uuid?.getString() ?? '').replace(/^([^-]{8})-([^-]{4})-([^-]{4})-([^-]{4})-([^-]{12})$/, '$1$2$3$4$5');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new Error('Unrecognized Guid format.');
  if (/^0+$/.test(hex)) throw new Error('Empty eventId provided.');
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function expectationFrom(options: streams.BatchAppendReq.Options): Expectation {
  if (options.hasAny()) return 'any';
  return options.hasNoStream() ? 'no_stream' : BigInt(options.getStreamPosition());
}

export function streamNameFrom(identifier: shared.StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
}

export function streamIdentifier(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function positionFrom(position: streams.ReadReq.Options.Position | undefined): Position {
  return {
    commit: BigInt(position?.getCommitPosition() ?? 0),
    prepare: BigInt(position?.getPreparePosition() ?? 0),
  };
}

export function eventResponse(record: LogRecord): streams.ReadResp {
  const position = positionOf(record);
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(record.id))
    .setStreamIdentifier(streamIdentifier(record.stream))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(String(position.commit))
    .setPreparePosition(String(position.prepare))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event
    .getMetadataMap()
    .set('type', record.type)
    .set('created', String(record.created))
    .set('content-type', contentTypeOf(record));
  return new streams.ReadResp().setEvent(
    new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(position.commit)),
  );
}

export function checkpointResponse({ commit, prepare }: Position): streams.ReadResp {
  return new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
  );
}

export function contentTypeOf({ isJson }: Pick<LogRecord, 'isJson'>): string {
  return isJson ? 'application/json' : 'application/octet-stream';
}

function bitsInHex(bits = '0'): string {
  return BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
}
