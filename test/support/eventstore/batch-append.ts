import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { type Appends, MAXIMUM_APPEND_SIZE, sizeOf } from './appends.ts';
import type { Expectation, Outcome } from './log.ts';
import { proposedEvent, streamIdentifier, streamNameFrom } from './messages.ts';
import type { ProposedEvent } from './record.ts';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** The server waits no longer for an append to become complete, whatever the client's deadline says. */
const LONGEST_WAIT_MS = 2000;

/** An append whose events still come in. */
interface Pending {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: ProposedEvent[];
  readonly timeout: NodeJS.Timeout;
}

/** Answers the appends of one call. They are told apart by correlation id and each ends with the message that says so. */
export class BatchAppend {
  readonly #call: Call;
  readonly #appends: Appends;
  readonly #pending = new Map<string, Pending>();

  constructor(call: Call, appends: Appends) {
    this.#call = call;
    this.#appends = appends;
    call.on('data', (request) => this.#receive(request));
    call.on('end', () => call.end());
    for (const gone of ['cancelled', 'close', 'error']) call.once(gone, () => this.#forgetPending());
  }

  #receive(request: streams.BatchAppendReq): void {
    const correlation = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined && !this.#begin(correlation, options)) return;
    const pending = this.#pending.get(correlation);
    if (pending === undefined) return;
    try {
      pending.events.push(...request.getProposedMessagesList().map(proposedEvent));
    } catch (error) {
      // As in the real server the append stays pending, and so is answered a second time, by its timeout.
      this.#respond(correlation, pending.stream, errorOf(badRequest(error as Error)));
      return;
    }
    if (sizeOf(pending.events) > MAXIMUM_APPEND_SIZE) {
      this.#forget(correlation);
      this.#respond(correlation, pending.stream, errorOf(maximumAppendSizeExceeded()));
    } else if (request.getIsFinal()) {
      this.#forget(correlation);
      this.#append(correlation, pending);
    }
  }

  /** Says whether the append has begun; without time left it has not. */
  #begin(correlation: string, options: streams.BatchAppendReq.Options): boolean {
    const stream = streamNameFrom(options.getStreamIdentifier());
    const timedOut = () => {
      this.#pending.delete(correlation);
      this.#respond(correlation, stream, errorOf(timeout()));
    };
    const timeLeft = (options.getDeadline()?.toDate().getTime() ?? Infinity) - Date.now();
    if (timeLeft <= 0) {
      timedOut();
      return false;
    }
    this.#pending.set(correlation, {
      stream,
      expected: expectationFrom(options),
      events: [],
      timeout: setTimeout(timedOut, Math.min(timeLeft, LONGEST_WAIT_MS)),
    });
    return true;
  }

  #append(correlation: string, { stream, events, expected }: Pending): void {
    if (this.#appends.faults.take('notReady')) {
      this.#respond(correlation, stream, errorOf(serverNotReady()));
      return;
    }
    const refusal = this.#appends.faults.refusal();
    if (refusal !== undefined) {
      this.#call.emit('error', refusal);
      return;
    }
    const outcome = this.#appends.append(this.#call, stream, events, expected);
    if (outcome !== undefined) this.#respond(correlation, stream, responseTo(outcome, stream, expected));
  }

  #respond(correlation: string, stream: string, response: streams.BatchAppendResp): void {
    response.setCorrelationId(new shared.UUID().setString(correlation)).setStreamIdentifier(streamIdentifier(stream));
    this.#call.write(response);
  }

  #forget(correlation: string): void {
    clearTimeout(this.#pending.get(correlation)?.timeout);
    this.#pending.delete(correlation);
  }

  #forgetPending(): void {
    for (const correlation of [...this.#pending.keys()]) this.#forget(correlation);
  }
}

function expectationFrom(options: streams.BatchAppendReq.Options): Expectation {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(options.getStreamPosition());
}

function responseTo(outcome: Outcome, stream: string, expected: Expectation): streams.BatchAppendResp {
  switch (outcome.result) {
    case 'success': {
      const position = String(outcome.position);
      const success = new streams.BatchAppendResp.Success()
        .setCurrentRevision(String(outcome.revision))
        .setPosition(new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position));
      return new streams.BatchAppendResp().setSuccess(success);
    }
    case 'wrong_expected_version':
      return errorOf(wrongExpectedVersion(outcome.current, expected));
    case 'stream_deleted':
      return errorOf(streamDeleted(stream));
  }
}

function errorOf(error: status.Status): streams.BatchAppendResp {
  return new streams.BatchAppendResp().setError(error);
}

/** The errors of an append, which do not end the call (EventStore/EventStore, Grpc/Status.cs). */

function wrongExpectedVersion(current: bigint | 'no_stream', expected: Expectation): status.Status {
  const details = new shared.WrongExpectedVersion();
  if (current === 'no_stream') details.setCurrentNoStream(new empty.Empty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') details.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') details.setExpectedStreamExists(new empty.Empty());
  else details.setExpectedStreamPosition(String(expected));
  return statusOf(6, 'WrongExpectedVersion', details);
}

function streamDeleted(stream: string): status.Status {
  return statusOf(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)));
}

function maximumAppendSizeExceeded(): status.Status {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAXIMUM_APPEND_SIZE);
  return statusOf(3, 'MaximumAppendSizeExceeded', details);
}

function timeout(): status.Status {
  return statusOf(4, 'Timeout', new shared.Timeout());
}

function badRequest({ message }: Error): status.Status {
  return statusOf(3, 'BadRequest', new shared.BadRequest().setMessage(message));
}

/** To the client it is an error that it does not know. */
function serverNotReady(): status.Status {
  const details = new any.Any();
  details.pack(new empty.Empty().serializeBinary(), 'google.protobuf.Empty');
  return new status.Status().setMessage('Server Is Not Ready').setDetails(details);
}

function statusOf(code: number, name: string, message: { serializeBinary(): Uint8Array }): status.Status {
  const details = new any.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  return new status.Status().setCode(code).setMessage(name).setDetails(details);
}
