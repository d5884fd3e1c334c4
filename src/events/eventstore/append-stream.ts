import { randomUUID } from 'node:crypto';
import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import { parseUUID } from '@eventstore/db-client/dist/utils/grpcUUID.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { within } from '../../time/within.ts';
import { LogUnavailable } from '../errors.ts';
import type { ExpectedRevision } from '../event-log.ts';
import { type AppendCall, openAppends } from './calls.ts';
import type { ProposedMessage } from './stored-event.ts';

/** The place of an append's last event. For a repeated append the server may not give the position. */
export interface Answer {
  readonly revision: number;
  readonly position: bigint | null;
}

const appendStreams = new WeakMap<AppendCall, AppendStream>();

/**
 * Sends an append as one message over the connection's one call for appends.
 * @param stream its name on the server
 * @throws the client's errors, such as `WrongExpectedVersionError`
 * @throws {LogUnavailable} the server has not answered within `overMs`
 */
export async function sendAppend(
  client: EventStoreDBClient,
  stream: string,
  events: ProposedMessage[],
  expected: ExpectedRevision,
  overMs: number,
): Promise<Answer> {
  const call = await openAppends(client, (opened) => appendStreams.set(opened, new AppendStream(opened)));
  return (appendStreams.get(call) as AppendStream).append(stream, events, expected, overMs);
}

/** The appends of one call. Each has an id, which the server repeats in its answer. */
class AppendStream {
  readonly #call: AppendCall;
  readonly #waiting = new Map<string, PromiseWithResolvers<Answer>>();

  constructor(call: AppendCall) {
    this.#call = call;
    call.on('data', (response) => this.#take(response));
    call.on('error', (error) => this.#fail(convertToCommandError(error)));
    call.on('end', () => {
      this.#fail(new LogUnavailable('EventStoreDB ended the call for appends'));
      // A half-ended call would be kept, and the next append would reach nobody.
      call.destroy();
    });
  }

  async append(stream: string, events: ProposedMessage[], expected: ExpectedRevision, overMs: number): Promise<Answer> {
    const correlation = randomUUID();
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(correlation, waiting);
    const request = new streams.BatchAppendReq()
      .setCorrelationId(new shared.UUID().setString(correlation))
      .setOptions(optionsOf(stream, expected))
      .setProposedMessagesList(events)
      .setIsFinal(true);
    try {
      this.#call.write(request);
      return await within(overMs, waiting.promise, () => notAnswered(overMs));
    } finally {
      this.#waiting.delete(correlation);
    }
  }

  #take(response: streams.BatchAppendResp): void {
    const waiting = this.#waiting.get(parseUUID(response.getCorrelationId()) ?? '');
    // It was given up before.
    if (waiting === undefined) return;
    const error = response.getError();
    if (error !== undefined) {
      const stream = response.getStreamIdentifier()?.getStreamName_asU8() ?? [];
      waiting.reject(unpackToCommandError(error, Buffer.from(stream).toString()));
      return;
    }
    const success = response.getSuccess();
    const position = success?.getPosition();
    waiting.resolve({
      revision: Number(success?.getCurrentRevision()),
      position: position === undefined ? null : BigInt(position.getCommitPosition()),
    });
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Without a deadline: the server has its own limit, and would compare ours with its own clock. */
function optionsOf(stream: string, expected: ExpectedRevision): streams.BatchAppendReq.Options {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(new TextEncoder().encode(stream)),
  );
  if (expected === 'any') return options.setAny(new empty.Empty());
  if (expected === 'no_stream') return options.setNoStream(new empty.Empty());
  return options.setStreamPosition(String(expected));
}

function notAnswered(overMs: number): Error {
  return new LogUnavailable(`EventStoreDB has not answered an append for ${overMs} ms`);
}
