import { setTimeout as sleep } from 'node:timers/promises';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Metadata, ServerDuplexStream, ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import type { Appends } from './appends.ts';
import { BatchAppend } from './batch-append.ts';
import type { Faults } from './faults.ts';
import type { Log } from './log.ts';
import { Outlet } from './outlet.ts';
import { read } from './read.ts';
import { accessDenied, handlerThrew, unauthenticated, unimplemented } from './rpc-errors.ts';
import { Subscription } from './subscription.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What the streams service needs. */
interface StreamsContext {
  readonly log: Log;
  readonly faults: Faults;
  readonly appends: Appends;
  readonly credentials: Credentials | undefined;
  readonly calls: { reads: number; subscriptions: number; responses: number };
}

/** The streams service: it checks credentials and passes each call to its part. */
export function streamsHandlers(context: StreamsContext) {
  return {
    read(call: ServerWritableStream<streams.ReadReq, streams.ReadResp>): void {
      const outlet = new Outlet(call, context.faults, () => {
        context.calls.responses += 1;
      });
      answerRead(context, call, outlet).catch((error) => {
        outlet.end('code' in error ? error : handlerThrew());
      });
    },

    batchAppend(call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
      const denial = denialOf(context.credentials, call.metadata);
      if (denial === undefined) new BatchAppend(call, context.appends);
      else call.emit('error', denial);
    },
  };
}

async function answerRead(
  { log, faults, credentials, calls }: StreamsContext,
  call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
  outlet: Outlet<streams.ReadResp>,
): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw handlerThrew();
  await faults.running();
  if (options.hasSubscription()) calls.subscriptions += 1;
  else calls.reads += 1;
  const refusal = denialOf(credentials, call.metadata) ?? faults.refusal();
  if (refusal !== undefined) throw refusal;
  if (faults.take('hangReads')) return;
  if (!options.hasSubscription()) {
    if (options.hasFilter()) await sleep(faults.searchMs, undefined, { signal: outlet.gone }).catch(() => {});
    return read(log, options, outlet);
  }
  if (options.hasStream()) throw unimplemented('subscriptions to a stream');
  const spare = faults.onDropSubscriptions((error) => outlet.end(error));
  outlet.gone.addEventListener('abort', spare);
  await new Subscription(log, faults, options, outlet).run();
}

/** A caller without credentials may do nothing. A call with wrong credentials is refused before it is read. */
function denialOf(credentials: Credentials | undefined, metadata: Metadata): ServiceError | undefined {
  if (credentials === undefined) return undefined;
  const [authorization] = metadata.get('authorization');
  if (authorization === undefined) return accessDenied();
  const { username, password } = credentials;
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return authorization === expected ? undefined : unauthenticated();
}
