import type { Socket } from 'node:net';

/**
 * Resets a connection. If it has begun to end, it is closed normally: a reset would fail (EINVAL), and after its last test Node would
 * wait for ever for the handle of such a socket.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
