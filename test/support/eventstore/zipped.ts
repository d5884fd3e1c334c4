import type { IncomingHttpHeaders } from 'node:http2';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { Metadata } from '@grpc/grpc-js';

/** The internals of gRPC's server that are used here: it takes zipped requests, but has no option to zip answers. */
interface ServerCall {
  handler: { serialize(value: unknown): Buffer };
  serializeMessage(value: unknown): Buffer;
  sendMetadata(metadata: Metadata): void;
}

interface ServerCalls {
  getServerInterceptingCall(
    interceptors: unknown,
    stream: unknown,
    headers: IncomingHttpHeaders,
    ...rest: unknown[]
  ): ServerCall;
}

let zippedAnswers = 0;
let isInPlace = false;

/** How many messages were zipped in this process. */
export function zipped(): number {
  return zippedAnswers;
}

/** From now on, servers in this process zip each message to a client that accepts gzip, as the real server does. */
export function zipAnswers(): void {
  if (isInPlace) return;
  isInPlace = true;
  const calls: ServerCalls = createRequire(import.meta.url)('@grpc/grpc-js/build/src/server-interceptors.js');
  const { getServerInterceptingCall } = calls;
  calls.getServerInterceptingCall = (interceptors, stream, headers, ...rest) => {
    const call = getServerInterceptingCall(interceptors, stream, headers, ...rest);
    if (!String(headers['grpc-accept-encoding']).includes('gzip')) return call;
    const { sendMetadata } = call;
    call.sendMetadata = (metadata = new Metadata()) => {
      metadata.set('grpc-encoding', 'gzip');
      sendMetadata.call(call, metadata);
    };
    call.serializeMessage = (value) => {
      zippedAnswers += 1;
      const message = gzipSync(call.handler.serialize(value));
      const head = Buffer.alloc(5);
      head.writeUInt8(1, 0);
      head.writeUInt32BE(message.length, 1);
      return Buffer.concat([head, message]);
    };
    return call;
  };
}
