import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { within } from '../../time/within.ts';
import { NoAnswer } from './client-errors.ts';

/** Calls over the connection of EventStoreDB's client, which finds the server and reconnects. */

export type ReadCall = ClientReadableStream<streams.ReadResp>;
export type AppendCall = ClientDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

type GrpcClient = InstanceType<typeof StreamsClient>;

/** The time limits are ours: a deadline depends on the server's clock, which may be wrong. */
const NO_DEADLINE = { deadline: Number.POSITIVE_INFINITY };

const appendCalls = new WeakMap<GrpcClient, AppendCall | Promise<AppendCall>>();

/** Opens a reading call. Its messages come in the order in which the server sent them. */
export function openRead(client: EventStoreDBClient, request: streams.ReadReq): Promise<ReadCall> {
  const open = (grpc: GrpcClient) => grpc.read(request, ...argumentsOf(client));
  // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
  return client['GRPCStreamCreator'](StreamsClient, 'read', open)();
}

/** The connection's one call for appends. `onOpened` is called with each new one. */
export function openAppends(client: EventStoreDBClient, onOpened: (call: AppendCall) => void): Promise<AppendCall> {
  const open = (grpc: GrpcClient) => {
    const call = grpc.batchAppend(...argumentsOf(client));
    onOpened(call);
    return call;
  };
  // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
  return client['GRPCStreamCreator'](StreamsClient, 'append', open, appendCalls)();
}

/** Ends a reading call: `destroy` alone would leave it open on the server. */
export function endRead(call: ReadCall): void {
  // Later errors do not matter.
  call.on('error', () => {});
  // In a later turn: gRPC misses a cancellation while the call is being started or ended.
  setImmediate(() => call.cancel());
  call.destroy();
}

/**
 * All messages of the server's answer to a request.
 * @param stillThere asks whether the server is alive, for requests on which it may be silent for long
 * @throws {NoAnswer} nothing came for `readMs`; else the client's errors
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
