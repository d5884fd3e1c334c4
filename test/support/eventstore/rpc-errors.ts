import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

/** The errors that end a call, as the real server words them (EventStore/EventStore, RpcExceptions.cs). */

export function serverNotReady(): ServiceError {
  return rpcError(status.UNAVAILABLE, 'Server Is Not Ready');
}

export function unavailable(): ServiceError {
  return rpcError(status.UNAVAILABLE, 'Server Is Too Busy');
}

export function unauthenticated(): ServiceError {
  return rpcError(status.UNAUTHENTICATED, 'Unauthenticated');
}

export function accessDenied(): ServiceError {
  return rpcError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
}

export function notLeader(leader: { address: string; port: number }): ServiceError {
  return rpcError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': leader.address,
    'leader-endpoint-port': String(leader.port),
  });
}

export function streamDeleted(stream: string): ServiceError {
  return rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
}

export function invalidPosition(): ServiceError {
  return rpcError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');
}

export function handlerThrew(): ServiceError {
  return rpcError(status.UNKNOWN, 'Exception was thrown by handler.');
}

export function unimplemented(what: string): ServiceError {
  return rpcError(status.UNIMPLEMENTED, `the stand-in has no ${what}`);
}

function rpcError(code: status, details: string, metadata: Record<string, string> = {}): ServiceError {
  const trailers = new Metadata();
  for (const [name, value] of Object.entries(metadata)) trailers.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata: trailers });
}
