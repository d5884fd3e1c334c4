import type { IncomingMessage } from 'node:http';
import { brokenOff } from '../out/problem.ts';

/** Whether the caller has closed the connection, or its sending side of it, which looks the same: nobody may be waiting any more. */
export function isGone({ socket }: IncomingMessage): boolean {
  return !socket.readable || !socket.writable;
}

/**
 * Called before work that somebody should be waiting for: work for a connection that has gone is not begun.
 * @throws {Problem} 400, for the log, and for a caller who only closed the sending side
 */
export function stopIfGone(request: IncomingMessage): void {
  if (isGone(request)) throw brokenOff();
}
