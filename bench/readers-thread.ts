import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { clockMs } from './clock-ms.ts';

/** Opens live streams and tells of each import that they deliver. They parse nothing else, so that many of them cost little. */

export interface ReadersData {
  readonly origin: string;
  /** The `Authorization` of each stream. */
  readonly authorizations: readonly string[];
}

/** What was delivered since the message before; the first message, which is empty, says that all streams are open. */
export interface Deliveries {
  readonly ids: readonly string[];
  readonly atMs: readonly number[];
}

const SUBJECT = Buffer.from('"subject":"');
const ID_BYTES = 36;
const TELL_EVERY_MS = 50;

const { origin, authorizations } = workerData as ReadersData;
const { hostname, port } = new URL(origin);
let ready = 0;
let [ids, atMs]: [string[], number[]] = [[], []];
for (const [index, authorization] of authorizations.entries()) {
  const socket = connect(Number(port), hostname);
  // The service ends the streams at the end of the run.
  socket.on('error', () => {});
  const head = `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n`;
  socket.write(`${head}Accept: text/event-stream\r\n\r\n`);
  read(socket);
  if (index % 50 === 49) await sleep(5);
}
while (ready < authorizations.length) await sleep(5);
tell();
setInterval(tell, TELL_EVERY_MS);

function tell(): void {
  const deliveries: Deliveries = { ids, atMs };
  parentPort?.postMessage(deliveries);
  [ids, atMs] = [[], []];
}

function read(socket: Socket): void {
  let rest = Buffer.alloc(0);
  socket.once('data', (bytes) => {
    if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`A stream was answered ${bytes}`);
    ready += 1;
  });
  socket.on('data', (bytes) => {
    const text = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const now = clockMs();
    let at = text.indexOf(SUBJECT);
    let end = 0;
    while (at >= 0 && at + SUBJECT.length + ID_BYTES <= text.length) {
      end = at + SUBJECT.length + ID_BYTES;
      ids.push(text.toString('latin1', at + SUBJECT.length, end));
      atMs.push(now);
      at = text.indexOf(SUBJECT, end);
    }
    // What may be the beginning of a name that continues in the next bytes.
    rest = Buffer.from(at >= 0 ? text.subarray(at) : text.subarray(Math.max(end, text.length - SUBJECT.length)));
  });
}
