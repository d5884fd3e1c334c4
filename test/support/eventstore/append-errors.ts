import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Expectation } from './log.ts';
import { streamIdentifier } from './messages.ts';

/** The errors of an append, which do not end the call (EventStore/EventStore, Grpc/Status.cs). */

export function wrongExpectedVersion(current: bigint | 'no_stream', expected: Expectation): status.Status {
  const details = new shared.WrongExpectedVersion();
  if (current === 'no_stream') details.setCurrentNoStream(new empty.Empty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') details.setExpectedNoStream(new empty.Empty());
  else details.setExpectedStreamPosition(String(expected));
  return statusOf(6, 'WrongExpectedVersion', details);
}

export function streamDeleted(stream: string): status.Status {
  return statusOf(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)));
}

export function maximumAppendSizeExceeded(maximum: number): status.Status {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maximum);
  return statusOf(3, 'MaximumAppendSizeExceeded', details);
}

export function timeout(): status.Status {
  return statusOf(4, 'Timeout', new shared.Timeout());
}

export function badRequest({ message }: Error): status.Status {
  return statusOf(3, 'BadRequest', new shared.BadRequest().setMessage(message));
}

/** The client does not know this error. */
export function serverNotReady(): status.Status {
  const details = new any.Any();
  details.pack(new empty.Empty().serializeBinary(), 'google.protobuf.Empty');
  return new status.Status().setMessage('Server Is Not Ready').setDetails(details);
}

function statusOf(code: number, name: string, message: { serializeBinary(): Uint8Array }): status.Status {
  const details = new any.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  return new status.Status().setCode(code).setMessage(name).setDetails(details);
}
