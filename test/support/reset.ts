import type { Socket } from 'node:net';

/**
 * Closes a connection without a goodbye. One that is saying goodbye is closed plainly: a reset would fail (EINVAL), and Node, once its
 * last test has run, would wait for ever for the handle of such a socket.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
