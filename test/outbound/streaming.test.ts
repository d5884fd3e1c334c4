import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { GuardedClient, type OutboundGet, type StreamedAnswer } from '../../src/outbound/guarded-client.ts';
import { textOf } from '../../src/outbound/text-of.ts';
import { destinations } from '../support/destinations.ts';
import { OK, type Receiver, startReceiver } from '../support/receiver.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { reset } from '../support/reset.ts';
import { close, drip, flood, sendThen } from '../support/rude.ts';
import { until } from '../support/until.ts';

/** For what only a time limit ends; and for what must end long before it, also on a busy machine. */
const [SOON_MS, LATE_MS] = [300, 10_000];
const CHUNK = Buffer.alloc(65_536, 'x');
const GET: OutboundGet = { party: 'a party', headers: { accept: 'image/*' }, timeoutMs: LATE_MS, stallMs: LATE_MS };
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const LONGER = OK.replace('2\r', '999\r');

const wholeText = ({ body }: StreamedAnswer) => textOf(body, 1_000_000);
const first = async ({ body }: StreamedAnswer) => {
  for await (const piece of body) return Buffer.from(piece).toString();
  return null;
};

describe('a streamed answer', () => {
  const clients: GuardedClient[] = [];
  let receiver: Receiver;
  let client: GuardedClient;
  const start = async (answer: (socket: Socket, before: number) => unknown) => {
    receiver = await startReceiver(answer);
    client = new GuardedClient(destinations({ mayUseLoopback: true }));
    clients.push(client);
  };
  const get = <T>(read: (answer: StreamedAnswer) => Promise<T>, given: Partial<OutboundGet> = {}) =>
    client.get(`http://127.0.0.1:${receiver.port}/image?a=b`, { ...GET, ...given }, read);
  const isClosed = () => until('the connection is closed', () => receiver.open() === 0);

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((each) => each.close()));
    await receiver.stop();
  });

  it('is read as status, headers and body, and its connection is used again', async () => {
    await start((socket) => socket.write(OK.replace('\r\n', '\r\nContent-Type: image/png\r\n')));
    for (let count = 0; count < 10; count += 1) {
      const read = await get(async ({ status, headers, body }) => [
        status,
        headers['content-type'],
        await textOf(body, 2),
      ]);
      expect(read).to.deep.equal([200, 'image/png', 'ok']);
    }
    expect(receiver.heads[0])
      .to.match(/^GET \/image\?a=b HTTP\/1\.1\r\n/)
      .and.match(/^accept: image\/\*\r\n/im)
      .and.match(/^accept-encoding: identity\r\n/im)
      .and.not.match(/content-length|transfer-encoding/i);
    expect(receiver.made()).to.be.at.most(2);
  });

  it('may be a redirect, which nobody follows', async () => {
    await start((socket) => socket.write(`HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n`));
    expect(await get(async ({ status, headers }) => [status, headers.location])).to.deep.equal([302, '/other']);
    expect(receiver.heads).to.have.lengthOf(1);
  });

  it('fails if it comes in pieces of a byte, each of which costs as much as a large one', async () => {
    await start((socket) => flood(socket, CHUNKED, '1\r\nx\r\n'.repeat(1_000)));
    let bytes = 0;
    const failure = await rejectionOf(
      get(async ({ body }) => {
        for await (const piece of body) bytes += piece.length;
      }),
    );
    expect(failure).to.include({ code: 'bad_answer', message: 'the answer comes in too small pieces' });
    expect(bytes).to.be.below(20_000);
    await isClosed();
  });

  it('is never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    await start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    let bytes = 0;
    await get(async ({ body }) => {
      for await (const piece of body) bytes += piece.length;
    });
    expect(bytes).to.equal(bomb.length);
  });

  it('ends when its connection does, if it does not say how long it is', async () => {
    await start((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
    expect(await get(wholeText)).to.equal('until the end');
  });

  it('is thrown away if it is not read, or not to its end', async () => {
    await start((socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', CHUNK));
    expect(await get(async ({ status }) => status)).to.equal(200);
    await isClosed();
    expect(await get(first)).to.match(/^x+$/);
    await isClosed();
    expect(await rejectionOf(get(wholeText))).to.include({
      code: 'bad_answer',
      message: 'the answer is longer than 1000000 bytes',
    });
    await isClosed();
    expect(receiver.sent()).to.be.below(20_000_000);
  });

  it('is thrown away if what is done with it fails, and that error stays as it is', async () => {
    await start((socket) => flood(socket, CHUNKED, `10000\r\n${CHUNK}\r\n`));
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const fail = async ({ body }: StreamedAnswer) => {
      for await (const _ of body) throw full;
    };
    expect(await rejectionOf(get(fail))).to.equal(full);
    await isClosed();
  });

  it('cannot be read after that', async () => {
    await start((socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', CHUNK));
    const kept = await get(async (answer) => answer);
    expect(await rejectionOf(wholeText(kept))).to.include({ name: 'OutboundError' });
  });

  it('comes no faster than it is read', async () => {
    let socket: Socket | undefined;
    await start((accepted, before) => {
      if (before > 0) return;
      socket = accepted;
      flood(accepted, 'HTTP/1.1 200 OK\r\n\r\n', CHUNK);
    });
    const taken = await get(
      async ({ body }) => {
        let pieces = 0;
        for await (const _ of body) {
          pieces += 1;
          // Another one stalls meanwhile: so much time does not count while this one is held up.
          if (pieces === 1) expect(await rejectionOf(get(first, { stallMs: 1_500 }))).to.include({ code: 'timeout' });
          if (pieces === 100) break;
        }
        return pieces;
      },
      { stallMs: 1_000 },
    );
    expect(taken).to.equal(100);
    // What is in the buffers of this machine's network.
    expect(socket?.bytesWritten).to.be.below(30_000_000);
  });

  for (const [what, answer, code, says] of [
    ['ends before its length', sendThen(close, LONGER), 'connection_failed', /broke off/],
    ['is reset', sendThen(reset, LONGER), 'connection_failed', /broke off/],
    ['ends within a chunk', sendThen(close, `${CHUNKED}5\r\nok`), 'connection_failed', /broke off/],
    ['ends before the last chunk', sendThen(close, `${CHUNKED}2\r\nok\r\n`), 'connection_failed', /broke off/],
    ['has chunks that are none', (socket: Socket) => socket.write(`${CHUNKED}zz\r\n`), 'bad_answer', /not HTTP/],
  ] as const) {
    it(`that ${what} fails as ${code}`, async () => {
      await start(answer);
      const error = await rejectionOf(get(wholeText));
      expect(error).to.include({ name: 'OutboundError', code });
      expect(error.message).to.match(says);
    });
  }

  for (const [what, answer, limit, says] of [
    ['never begins', () => {}, 'stallMs', 'no answer came within 0.3 s'],
    [
      'has headers that never end',
      (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'),
      'stallMs',
      'no answer came within 0.3 s',
    ],
    [
      'has a body that never begins',
      (socket: Socket) => socket.write(CHUNKED),
      'stallMs',
      'no more of the answer came within 0.3 s',
    ],
    [
      'has a body that stalls',
      (socket: Socket) => socket.write(LONGER),
      'stallMs',
      'no more of the answer came within 0.3 s',
    ],
    [
      'drips',
      (socket: Socket) => drip(socket, CHUNKED, '1\r\nx\r\n'),
      'timeoutMs',
      'not all of the answer came within 0.3 s',
    ],
    [
      'has no end',
      (socket: Socket) => flood(socket, CHUNKED, `10000\r\n${CHUNK}\r\n`),
      'timeoutMs',
      'not all of the answer came within 0.3 s',
    ],
  ] as const) {
    it(`that ${what} fails in time`, async () => {
      await start(answer);
      const error = await rejectionOf(
        get(
          async ({ body }) => {
            for await (const _ of body);
          },
          { [limit]: SOON_MS },
        ),
      );
      expect(error).to.include({ code: 'timeout', message: says });
      await isClosed();
    });
  }

  it('ends when the signal says so, and when the client is closed', async () => {
    await start((socket) => drip(socket, CHUNKED, '1\r\nx\r\n'));
    const end = new AbortController();
    const endless = (onPiece: () => unknown) =>
      get(
        async ({ body }) => {
          for await (const _ of body) onPiece();
        },
        { signal: end.signal },
      );
    expect(await rejectionOf(endless(() => end.abort()))).to.include({ code: 'aborted' });
    expect(await rejectionOf(get(first, { signal: end.signal }))).to.include({ code: 'aborted' });
    await isClosed();
    const closing = get(async ({ body }) => {
      for await (const _ of body) void client.close();
    });
    expect(await rejectionOf(closing)).to.include({ code: 'aborted' });
    await isClosed();
  });
});
