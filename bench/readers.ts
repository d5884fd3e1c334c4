import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const SUBJECT = Buffer.from('"subject":"');
const ID_BYTES = 36;

/** Live streams, which tell of each import that they deliver. They parse nothing else, so that many of them cost little. */
export class Readers {
  readonly #sockets: Socket[] = [];
  readonly #onImport: (id: string) => void;
  #ready = 0;

  constructor(onImport: (id: string) => void) {
    this.#onImport = onImport;
  }

  /** Opens so many more streams; resolves once each has its first bytes. */
  async open(count: number, origin: string, authorizationOf: (index: number) => string): Promise<void> {
    const { hostname, port } = new URL(origin);
    const wanted = this.#sockets.length + count;
    for (let index = 0; index < count; index += 1) {
      const socket = connect(Number(port), hostname);
      this.#sockets.push(socket);
      // The service ends the streams at the end of the run.
      socket.on('error', () => {});
      socket.write(
        `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorizationOf(index)}\r\nAccept: text/event-stream\r\n\r\n`,
      );
      this.#read(socket);
      if (index % 50 === 49) await sleep(5);
    }
    while (this.#ready < wanted) await sleep(5);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #read(socket: Socket): void {
    let rest = Buffer.alloc(0);
    socket.once('data', (bytes) => {
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`A stream was answered ${bytes}`);
      this.#ready += 1;
    });
    socket.on('data', (bytes) => {
      const text = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      let at = text.indexOf(SUBJECT);
      let end = 0;
      while (at >= 0 && at + SUBJECT.length + ID_BYTES <= text.length) {
        end = at + SUBJECT.length + ID_BYTES;
        this.#onImport(text.toString('latin1', at + SUBJECT.length, end));
        at = text.indexOf(SUBJECT, end);
      }
      // What may be the beginning of a name that continues in the next bytes.
      rest = Buffer.from(at >= 0 ? text.subarray(at) : text.subarray(Math.max(end, text.length - SUBJECT.length)));
    });
  }
}
