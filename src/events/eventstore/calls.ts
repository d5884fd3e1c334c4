import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { within } from '../../within.ts';
import { NoAnswer } from './client-errors.ts';

/** Calls over the connection that EventStoreDB's client looks after: it finds the server, and connects anew. */

export type ReadCall = ClientReadableStream<streams.ReadResp>;
export type AppendCall = ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

type GrpcClient = InstanceType<typeof StreamsClient>;

/** The time limits are ours: a deadline goes by the server's clock, which may be another one. */
const NO_DEADLINE = { deadline: Number.POSITIVE_INFINITY };

const appendCalls = new WeakMap<GrpcClient, AppendCall | Promise<AppendCall>>();

/** Opens a call that reads. Its messages come in the order in which the server sent them. */
export function openRead(client: EventStoreDBClient, request: streams.ReadReq): Promise<ReadCall> {
  const open = (grpc: GrpcClient) => grpc.read(request, ...argumentsOf(client));
  // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
  return client['GRPCStreamCreator'](StreamsClient, 'read', open)();
}

/** The one call for appends of a connection; `onOpened` is told of each new one. */
export function openAppends(client: EventStoreDBClient, onOpened: (call: AppendCall) => void): Promise<AppendCall> {
  const open = (grpc: GrpcClient) => {
    const call = grpc.batchAppend(...argumentsOf(client));
    onOpened(call);
    return call;
  };
  // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
  return client['GRPCStreamCreator'](StreamsClient, 'append', open, appendCalls)();
}

/** Ends a call that reads: destroying it alone would leave it open on the server. */
export function endRead(call: ReadCall): void {
  // What fails from now on concerns nobody.
  call.on('error', () => {});
  // In a turn of its own: gRPC misses a cancellation that comes while the call is just being started or ended.
  setImmediate(() => call.cancel());
  call.destroy();
}

/**
 * What the server sends in answer to a request, from first to last.
 * @param stillThere asks whether the server lives, where it may have nothing to say for long
 * @throws {NoAnswer} nothing came for `readMs`; else what the client makes of the server's error
 */
export async function* messages(
  client: EventStoreDBClient,
  request: streams.ReadReq,
  readMs: number,
  stillThere: () => Promise<unknown> = () => Promise.reject(new NoAnswer(readMs)),
): AsyncGenerator<streams.ReadResp, void, void> {
  const opening = openRead(client, request);
  const call = await within(readMs, opening, () => {
    opening.then(endRead, () => {});
    return new NoAnswer(readMs);
  });
  const watch = setTimeout(() => {
    stillThere().then(
      () => watch.refresh(),
      (error) => call.destroy(error),
    );
  }, readMs);
  try {
    for await (const message of call) {
      watch.refresh();
      yield message;
    }
  } catch (error) {
    throw convertToCommandError(error as Error);
  } finally {
    clearTimeout(watch);
    endRead(call);
  }
}

function argumentsOf(client: EventStoreDBClient) {
  // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
  return client['callArguments']({}, NO_DEADLINE);
}
