import type { Socket } from 'node:net';

/** Sends a beginning, then the same bytes over and over, as fast as they are taken. */
export function flood(socket: Socket, beginning: string, again: Buffer | string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(again)) {}
  };
  socket.on('drain', more).write(beginning);
  more();
}

/** Sends a beginning, then the same few bytes every 10 ms, for ever. */
export function drip(socket: Socket, beginning: string, again: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write(again), 10);
  socket.on('close', () => clearInterval(timer));
}

/** Sends the bytes, and breaks the connection once they are on their way. */
export const sendThen = (end: (socket: Socket) => void, bytes: string) => (socket: Socket) =>
  socket.write(bytes, () => end(socket));

export const close = (socket: Socket) => socket.destroySoon();
