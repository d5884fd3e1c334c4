import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { reset } from '../test/support/reset.ts';

/** How a caller goes on once all is sent. Who stays closes its sending side after a while; who stalls never does. */
export type Ending = 'stay' | 'half-close' | 'close' | 'reset' | 'stall';

/** All that one connection is sent. */
export interface Conversation {
  readonly parts: readonly { readonly bytes: Buffer; readonly thenPauseMs: number }[];
  readonly ending: Ending;
  /** Whether the caller reads nothing until the end. */
  readonly isDeaf: boolean;
}

export interface Heard {
  readonly received: Buffer;
  /** What does not hold. */
  readonly fault: string | null;
  readonly statuses: readonly number[];
}

/** Large requests wait up to 10 s for their turn, and the last of a connection is thrown away for up to 5 s. */
const END_WITHIN_MS = 25_000;
const QUIET_MS = 60;
/** A request has 30 s to arrive in full, which is looked at each second. */
export const STALL_ENDS_WITHIN_MS = 45_000;

/** Has it with the service, to its end. */
export async function converse(port: number, { parts, ending, isDeaf }: Conversation): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  let [hasEnded, hasFailed] = [false, false];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => {
    hasEnded = true;
    socket.end();
  });
  socket.on('error', () => {
    hasFailed = true;
  });
  if (isDeaf) socket.pause();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let fault: string | null = null;
  try {
    for (const { bytes, thenPauseMs } of parts) {
      if (!socket.writable) break;
      // Nobody waits for what the other side does not read.
      await Promise.race([new Promise((resolve) => socket.write(bytes, resolve)), closed, sleep(1_000)]);
      if (thenPauseMs > 0) await Promise.race([sleep(thenPauseMs), closed]);
    }
    if (isDeaf) await sleep(QUIET_MS);
    if (ending === 'close') socket.destroy();
    else if (ending === 'reset') reset(socket);
    else if (ending === 'stall') {
      await Promise.race([closed, sleep(STALL_ENDS_WITHIN_MS, null, { ref: false })]);
      // A connection that idles after an answer is kept for longer.
      if (!socket.closed && chunks.length === 0) fault = `there is no end within ${STALL_ENDS_WITHIN_MS} ms`;
    } else {
      socket.resume();
      if (ending === 'stay') await Promise.race([sleep(QUIET_MS), closed]);
      socket.end();
      const isOver = await Promise.race([closed.then(() => true), sleep(END_WITHIN_MS, false, { ref: false })]);
      if (!isOver) fault = `the connection did not end within ${END_WITHIN_MS} ms`;
    }
  } finally {
    socket.destroy();
  }
  const received = Buffer.concat(chunks);
  const { statuses, problem } = answersIn(received);
  if (ending !== 'close' && ending !== 'reset' && hasEnded && !hasFailed) fault ??= problem;
  const refused = statuses.find((status) => status >= 500 && status !== 503);
  if (refused !== undefined) fault ??= `it was answered ${refused}`;
  const isAway = AWAY.some((type) => received.includes(type));
  if (statuses.includes(503) && isAway) fault ??= 'a store is said to be away';
  return { received, statuses, fault };
}

/** All is well with the stores: a 503 may only say that there is too much to do. */
const AWAY = ['"urn:import-api:problem:log-unavailable"', '"urn:import-api:problem:read-model-unavailable"'];

const START = Buffer.from('HTTP/1.1 ');

/** The answers, one after the other; `problem` where what came is no row of whole answers. */
export function answersIn(received: Buffer): { readonly statuses: readonly number[]; readonly problem: string | null } {
  const statuses: number[] = [];
  for (let at = 0; at < received.length; ) {
    if (!received.subarray(at, at + START.length).equals(START)) {
      return { statuses, problem: `what follows ${statuses.length} answers is none` };
    }
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) return { statuses, problem: 'an answer breaks off in its headers' };
    const head = received.toString('latin1', at, end);
    const status = Number(head.slice(START.length, START.length + 3));
    if (status !== 100) statuses.push(status);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    at = end + 4;
    // The answer to a HEAD tells a length and has no body.
    const isBodyless = at === received.length || received.subarray(at, at + START.length).equals(START);
    if (length === 0 || isBodyless) continue;
    if (received.length - at < length) return { statuses, problem: 'an answer breaks off in its body' };
    at += length;
  }
  return { statuses, problem: null };
}
