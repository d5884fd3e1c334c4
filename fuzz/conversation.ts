import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { reset } from '../test/support/reset.ts';

/** What a caller does after it has sent everything. `stay` closes the sending side after a while; `stall` never does. */
export type Ending = 'stay' | 'half-close' | 'close' | 'reset' | 'stall';

/** Everything that is sent on one connection. */
export interface Conversation {
  readonly parts: readonly { readonly bytes: Buffer; readonly thenPauseMs: number }[];
  readonly ending: Ending;
  /** Whether the caller reads nothing until the end. */
  readonly isDeaf: boolean;
}

export interface Heard {
  readonly received: Buffer;
  /** What is wrong. */
  readonly fault: string | null;
  readonly statuses: readonly number[];
}

/** Large requests wait up to 10 s for their turn, and the last bytes of a connection are thrown away for up to 5 s. */
const END_WITHIN_MS = 25_000;
const QUIET_MS = 60;
/** A request has 30 s to arrive in full, which the service checks each second. */
export const STALL_ENDS_WITHIN_MS = 45_000;

/** Runs a conversation with the service to its end. */
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
      // Does not wait until the other side has read it.
      await Promise.race([new Promise((resolve) => socket.write(bytes, resolve)), closed, sleep(1_000)]);
      if (thenPauseMs > 0) await Promise.race([sleep(thenPauseMs), closed]);
    }
    if (isDeaf) await sleep(QUIET_MS);
    if (ending === 'close') socket.destroy();
    else if (ending === 'reset') reset(socket);
    else if (ending === 'stall') {
      await Promise.race([closed, sleep(STALL_ENDS_WITHIN_MS, null, { ref: false })]);
      // A connection that idles after an answer is kept longer.
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
  if (statuses.includes(503) && isAway) fault ??= 'an answer says that a store is away';
  return { received, statuses, fault };
}

/** The stores work, so the only right 503 is `overloaded`. */
const AWAY = ['"urn:import-api:problem:log-unavailable"', '"urn:import-api:problem:read-model-unavailable"'];

const START = Buffer.from('HTTP/1.1 ');

/** The statuses of the answers; `problem` if the bytes are not a row of whole answers. */
export function answersIn(received: Buffer): { readonly statuses: readonly number[]; readonly problem: string | null } {
  const statuses: number[] = [];
  for (let at = 0; at < received.length; ) {
    if (!received.subarray(at, at + START.length).equals(START)) {
      return { statuses, problem: `the bytes after ${statuses.length} answers are no answer` };
    }
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) return { statuses, problem: 'an answer breaks off in its headers' };
    const head = received.toString('latin1', at, end);
    const status = Number(head.slice(START.length, START.length + 3));
    if (status !== 100) statuses.push(status);
    // A stream lasts until its reader goes, and is the last answer of its connection.
    if (/^content-type: text\/event-stream/im.test(head)) return { statuses, problem: null };
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    at = end + 4;
    // The answer to a HEAD has a length but no body.
    const isBodyless = at === received.length || received.subarray(at, at + START.length).equals(START);
    if (length === 0 || isBodyless) continue;
    if (received.length - at < length) return { statuses, problem: 'an answer breaks off in its body' };
    at += length;
  }
  return { statuses, problem: null };
}
