import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { sendBytes } from '../../../src/http/out/send-bytes.ts';
import { until } from '../../support/until.ts';

const TIMES = { stallMs: 20_000, leastMs: 20_000, bytesAMs: 1_000_000 };
const MIB = 1_048_576;

describe('bytes that are sent', () => {
  let server: Server;
  let send: (response: ServerResponse) => Promise<void>;
  let outcome: Promise<unknown> = Promise.resolve();

  /** So many bytes, made as they are read; counts them. */
  const bytes = (length: number) => {
    const made = { bytes: 0, stream: Readable.from([]), isOpen: true };
    const pieces = function* () {
      while (made.bytes < length) {
        const piece = Buffer.alloc(Math.min(65_536, length - made.bytes));
        made.bytes += piece.length;
        yield piece;
      }
    };
    made.stream = Readable.from(pieces(), { objectMode: false, highWaterMark: 65_536 });
    made.stream.once('close', () => {
      made.isOpen = false;
    });
    return made;
  };
  const reader = () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const got = { socket, bytes: 0, isClosed: false };
    socket.on('data', ({ length }) => {
      got.bytes += length;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      got.isClosed = true;
    });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return got;
  };
  const headed = (length: number, work: (response: ServerResponse) => Promise<void>) => {
    send = (response) => {
      response.writeHead(200, { 'Content-Length': length });
      return work(response);
    };
  };

  before(async () => {
    server = createServer((_request, response) => {
      outcome = send(response).then(
        () => 'sent',
        (error: Error) => error.message,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('are no more in memory than a quick reader has not taken yet', async () => {
    const made = bytes(20 * MIB);
    headed(20 * MIB, (response) => sendBytes(response, made.stream, 20 * MIB, TIMES));
    const got = reader();
    await until('all have come', () => got.bytes > 20 * MIB);
    expect(await outcome).to.equal('sent');
    await until('they are let go of', () => !made.isOpen);
    got.socket.destroy();
  });

  it('wait for a slow reader without taking memory, and one that takes nothing is cut off', async () => {
    const made = bytes(200 * MIB);
    headed(200 * MIB, (response) => sendBytes(response, made.stream, 200 * MIB, { ...TIMES, stallMs: 200 }));
    const got = reader();
    got.socket.pause();
    expect(await outcome).to.equal('sent');
    // What the kernel holds for both sides, and some pieces.
    expect(made.bytes).to.be.below(30 * MIB);
    await until('they are let go of', () => !made.isOpen);
    got.socket.resume();
    await until('it is cut off', () => got.isClosed);
    expect(got.bytes).to.be.below(30 * MIB);
  });

  it('are cut off if they take too long all in all', async () => {
    const endless = new Readable({ read() {} });
    headed(10, (response) => sendBytes(response, endless, 10, { ...TIMES, leastMs: 50 }));
    const got = reader();
    await until('it is cut off', () => got.isClosed);
    expect(endless.destroyed).to.equal(true);
  });

  it('are let go of when the reader goes', async () => {
    const endless = new Readable({ read() {} });
    endless.push(Buffer.alloc(5));
    headed(10, (response) => sendBytes(response, endless, 10, TIMES));
    const got = reader();
    await until('some have come', () => got.bytes > 0);
    got.socket.destroy();
    await until('they are let go of', () => endless.destroyed);
    expect(await outcome).to.equal('sent');
  });

  it('end the connection if there are fewer or more than was said, or if they cannot be read', async () => {
    for (const [length, message] of [
      [11, 'the store gave fewer bytes than there are'],
      [9, 'the store gave more bytes than there are'],
    ] as const) {
      headed(length, (response) => sendBytes(response, bytes(10).stream, length, TIMES));
      const got = reader();
      await until('it is cut off', () => got.isClosed);
      expect(await outcome).to.equal(message);
    }
    const broken = new Readable({ read() {} });
    broken.push(Buffer.alloc(5));
    headed(10, (response) => sendBytes(response, broken, 10, TIMES));
    const got = reader();
    await until('some have come', () => got.bytes > 0);
    broken.destroy(new Error('the disk is broken'));
    await until('it is cut off', () => got.isClosed);
    expect(await outcome).to.equal('the disk is broken');
  });
});
