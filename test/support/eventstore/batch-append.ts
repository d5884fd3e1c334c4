import shared from '@eventstore/db-client/generated/shared_pb.js';
import type status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  badRequest,
  maximumAppendSizeExceeded,
  serverNotReady,
  streamDeleted,
  timeout,
  wrongExpectedVersion,
} from './append-errors.ts';
import { type Answered, type Appends, MAXIMUM_APPEND_SIZE, sizeOf } from './appends.ts';
import type { Expectation } from './log.ts';
import { expectationFrom, proposedEvent, streamIdentifier, streamNameFrom } from './messages.ts';
import type { ProposedEvent } from './record.ts';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** The longest that the server waits for the rest of an append, whatever the client's deadline is. */
const LONGEST_WAIT_MS = 2000;

/** An append whose events have not all arrived. */
interface Pending {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: ProposedEvent[];
  readonly timeout: NodeJS.Timeout;
}

/** Answers the appends of one call. Each has a correlation id and ends with a message that is marked as its last. */
export class BatchAppend {
  readonly #call: Call;
  readonly #appends: Appends;
  readonly #pending = new Map<string, Pending>();

  constructor(call: Call, appends: Appends) {
    this.#call = call;
    this.#appends = appends;
    call.on('data', async (request) => {
      // In the order in which they came, also after a pause.
      if (appends.faults.isPaused) await appends.faults.running();
      await this.#receive(request);
    });
    call.on('end', () => call.end());
    const spare = appends.faults.onEndAppendCalls(() => call.end());
    call.once('close', spare);
    for (const gone of ['cancelled', 'close', 'error']) call.once(gone, () => this.#forgetPending());
  }

  async #receive(request: streams.BatchAppendReq): Promise<void> {
    const correlation = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined && !this.#begin(correlation, options)) return;
    const pending = this.#pending.get(correlation);
    if (pending === undefined) return;
    try {
      pending.events.push(...request.getProposedMessagesList().map(proposedEvent));
    } catch (error) {
      // As in the real server, the append stays pending, so its timeout answers it a second time.
      this.#respond(correlation, pending.stream, errorOf(badRequest(error as Error)));
      return;
    }
    if (sizeOf(pending.events) > MAXIMUM_APPEND_SIZE) {
      this.#forget(correlation);
      this.#respond(correlation, pending.stream, errorOf(maximumAppendSizeExceeded(MAXIMUM_APPEND_SIZE)));
    } else if (request.getIsFinal()) {
      this.#forget(correlation);
      await this.#append(correlation, pending);
    }
  }

  /** Gives whether the append has begun. Without time left, it does not begin. */
  #begin(correlation: string, options: streams.BatchAppendReq.Options): boolean {
    if (this.#pending.has(correlation)) return true;
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

  async #append(correlation: string, { stream, events, expected }: Pending): Promise<void> {
    if (this.#appends.faults.take('notReady')) {
      this.#respond(correlation, stream, errorOf(serverNotReady()));
      return;
    }
    const refusal = this.#appends.faults.refusal();
    if (refusal !== undefined) {
      this.#call.emit('error', refusal);
      return;
    }
    const outcome = await this.#appends.append(this.#call, stream, events, expected);
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

function responseTo(outcome: Answered, stream: string, expected: Expectation): streams.BatchAppendResp {
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
