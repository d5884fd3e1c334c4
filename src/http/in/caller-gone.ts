import type { IncomingMessage, ServerResponse } from 'node:http';
import { brokenOff } from '../out/problem.ts';

/** Whether the caller has closed the connection, or its sending side, which looks the same. Maybe nobody waits for the answer. */
export function isGone({ socket }: IncomingMessage): boolean {
  return !socket.readable || !socket.writable;
}

/**
 * Called before work whose result goes to the caller, so that no work begins for a closed connection.
 * @throws {Problem} 400, for the log and for a caller who closed only the sending side
 */
export function stopIfGone(request: IncomingMessage): void {
  if (isGone(request)) throw brokenOff();
}

/** Aborts when the caller closes the connection, or its sending side, or when the answer is done. For answers that last. */
export function signalOfGoing(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const { socket } = request;
  const go = () => {
    socket.off('end', go);
    gone.abort();
  };
  socket.once('end', go);
  response.once('close', go);
  if (isGone(request) || response.closed) go();
  return gone.signal;
}
