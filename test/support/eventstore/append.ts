import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, ServiceError, sendUnaryData } from '@grpc/grpc-js';
import { type Answered, type Appends, MAXIMUM_APPEND_SIZE, sizeOf } from './appends.ts';
import type { Expectation } from './log.ts';
import { expectationFrom, proposedEvent, streamNameFrom } from './messages.ts';
import type { ProposedEvent } from './record.ts';
import { handlerThrew, maximumAppendSizeExceeded, streamDeleted } from './rpc-errors.ts';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** Answers a call that is one append. The call sends its options, then its events one by one. */
export function append(call: Call, appends: Appends, callback: sendUnaryData<streams.AppendResp>): void {
  let options: streams.AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  let failed = false;
  const fail = (error: ServiceError) => {
    if (!failed) callback(error);
    failed = true;
  };
  call.on('data', (request: streams.AppendReq) => {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (message === undefined) return;
    try {
      events.push(proposedEvent(message));
    } catch {
      fail(handlerThrew());
    }
    if (sizeOf(events) > MAXIMUM_APPEND_SIZE) fail(maximumAppendSizeExceeded(MAXIMUM_APPEND_SIZE));
  });
  call.on('end', async () => {
    await appends.faults.running();
    if (failed) return;
    if (options === undefined) return fail(handlerThrew());
    const refusal = appends.faults.refusal();
    if (refusal !== undefined) return fail(refusal);
    const stream = streamNameFrom(options.getStreamIdentifier());
    const expected = expectationFrom(options, options.getRevision());
    const outcome = await appends.append(call, stream, events, expected);
    if (outcome?.result === 'stream_deleted') fail(streamDeleted(stream));
    else if (outcome !== undefined) callback(null, responseTo(outcome, expected));
  });
}

function responseTo(
  outcome: Exclude<Answered, { result: 'stream_deleted' }>,
  expected: Expectation,
): streams.AppendResp {
  const response = new streams.AppendResp();
  if (outcome.result === 'wrong_expected_version') {
    return response.setWrongExpectedVersion(wrongExpectedVersion(outcome.current, expected));
  }
  const position = new streams.AppendResp.Position()
    .setCommitPosition(String(outcome.position))
    .setPreparePosition(String(outcome.position));
  return response.setSuccess(
    new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision)).setPosition(position),
  );
}

function wrongExpectedVersion(
  current: bigint | 'no_stream',
  expected: Expectation,
): streams.AppendResp.WrongExpectedVersion {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current === 'no_stream') wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  return wrong;
}
