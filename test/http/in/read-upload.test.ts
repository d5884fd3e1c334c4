import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { readUpload } from '../../../src/http/in/read-upload.ts';
import type { Problem } from '../../../src/http/out/problem.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { until } from '../../support/until.ts';

const TIMEOUTS = { headersMs: 200, requestMs: 300, keepAliveMs: 100, idleMs: 20_000, lingerMs: 200, checkEveryMs: 20 };

/** For what does not stall: also a busy machine is in time. */
const LATE_MS = 10_000;

describe('an upload', () => {
  let server: Server;
  let take: (piece: Buffer) => Promise<void> = async () => {};
  let aborting = new AbortController();
  let problem: Problem | null = null;
  let stallMs = LATE_MS;

  before(async () => {
    server = createHttpServer((req, res) => {
      const upload = {
        limitBytes: 1_000_000,
        stallMs,
        take: (piece: Buffer) => take(piece),
        signal: aborting.signal,
      };
      readUpload({ req, res }, {}, upload).then(
        () => res.end('done'),
        (reason) => {
          problem = reason;
          res.writeHead(reason.status ?? 409, { Connection: 'close' }).end('refused');
        },
      );
    }, TIMEOUTS);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    take = async () => {};
    aborting = new AbortController();
    problem = null;
    stallMs = LATE_MS;
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const begin = (length: number, header = `Content-Length: ${length}`) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const got = { socket, text: '' };
    socket.on('data', (chunk) => {
      got.text += chunk;
    });
    socket.on('error', () => {});
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
    return got;
  };

  it('may take longer than other bodies, as long as it does not stall', async () => {
    const got = begin(10);
    const timer = setInterval(() => got.socket.writable && got.socket.write('x'), 60);
    await until('it is answered', () => got.text.includes('done'));
    clearInterval(timer);
    got.socket.destroy();
  });

  it('that stalls is refused', async () => {
    stallMs = 200;
    const got = begin(10);
    got.socket.write('x');
    await until('it is answered', () => got.text.startsWith('HTTP/1.1 408'));
    expect(problem?.message).to.match(/did not arrive in time/);
    got.socket.destroy();
  });

  it('does not stall while its bytes are being taken, and is read no faster', async () => {
    stallMs = 500;
    const got = begin(900_000);
    let [taken, atOnce, most] = [0, 0, 0];
    take = async (piece) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      if (taken === 0) await sleep(2 * stallMs);
      taken += piece.length;
      atOnce -= 1;
    };
    got.socket.write(Buffer.alloc(900_000));
    await until('it is answered', () => got.text.includes('done'));
    expect([taken, most]).to.deep.equal([900_000, 1]);
    got.socket.destroy();
  });

  it('in chunks of a byte, each of which costs as much as a large one, is refused', async () => {
    let taken = 0;
    take = async ({ length }) => {
      taken += length;
    };
    const got = begin(0, 'Transfer-Encoding: chunked');
    got.socket.write('1\r\nx\r\n'.repeat(20_000));
    await until('it is answered', () => got.text.startsWith('HTTP/1.1 400'));
    expect(problem?.message).to.match(/larger pieces/);
    expect(taken).to.be.at.most(4_096);
    got.socket.destroy();
  });

  it('ends with what its taker, or its signal, says', async () => {
    const refused = begin(10);
    take = () => Promise.reject(Object.assign(new Error('no room'), { status: 503 }));
    refused.socket.write('x');
    await until('it is answered', () => refused.text.startsWith('HTTP/1.1 503'));
    refused.socket.destroy();
    take = async () => {};
    const over = begin(10);
    over.socket.write('x');
    await until('it is read', () => over.socket.bytesWritten > 0);
    aborting.abort(Object.assign(new Error('over'), { status: 410 }));
    await until('it is answered', () => over.text.startsWith('HTTP/1.1 410'));
    over.socket.destroy();
  });
});
