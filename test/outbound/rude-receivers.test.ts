import type { Socket } from 'node:net';
import { expect } from 'chai';
import { GuardedClient } from '../../src/outbound/guarded-client.ts';
import { destinations } from '../support/destinations.ts';
import { OK, type Receiver, startReceiver } from '../support/receiver.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { reset } from '../support/reset.ts';
import { close, drip, flood, sendThen } from '../support/rude.ts';
import { until } from '../support/until.ts';

/** For what only the deadline ends; and for what must end long before it, also on a busy machine. */
const [SOON_MS, LATE_MS] = [300, 10_000];
const CHUNK = Buffer.alloc(65_536, 'x');

const FAILURES = [
  ['never answers', () => {}, 'timeout'],
  ['never ends its headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'), 'timeout'],
  ['never ends its status line', (socket) => drip(socket, 'HTTP/1.1 200 ', 'O'), 'timeout'],
  ['sends megabytes of headers', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', `X: ${CHUNK}\r\n`), 'bad_answer'],
  ['sends one endless header', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\nX: ', CHUNK), 'bad_answer'],
  [
    'sends early hints for ever',
    (socket) => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(2_000)),
    'bad_answer',
  ],
  [
    'sends 100 Continue, which was not asked for',
    (socket) => flood(socket, '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2_000)),
    'connection_failed',
  ],
  [
    'switches protocols',
    (socket) => socket.write('HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    'connection_failed',
  ],
  ['does not speak HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), 'bad_answer'],
  ['resets the connection', reset, 'connection_failed'],
  ['closes the connection', close, 'connection_failed'],
  ['closes within its headers', sendThen(close, 'HTTP/1.1 200 OK\r\nX: y\r\n'), 'connection_failed'],
  ['resets within its headers', sendThen(reset, 'HTTP/1.1 200 OK\r\nX: y\r\n'), 'connection_failed'],
] as const satisfies readonly (readonly [string, (socket: Socket) => unknown, string])[];

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const ANSWERS = [
  ['sends gigabytes', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', CHUNK), /^x{1024}$/],
  [
    'promises gigabytes and sends them',
    (socket) => flood(socket, `${OK.replace('2\r', '9999999999\r')}`, CHUNK),
    /^okx{1022}$/,
  ],
  ['sends gigabytes in chunks', (socket) => flood(socket, CHUNKED, `10000\r\n${CHUNK}\r\n`), /^x{1024}$/],
  ['never ends its body', (socket) => drip(socket, CHUNKED, '1\r\nx\r\n'), /^x{2,50}$/],
  ['never begins its body', (socket) => socket.write(CHUNKED), /^$/],
  ['closes before the length it promised', sendThen(close, OK.replace('2\r', '999\r')), /^ok$/],
  ['resets within its body', sendThen(reset, OK.replace('2\r', '999\r')), /^(ok)?$/],
  ['sends chunks that are none', (socket) => socket.write(`${CHUNKED}2\r\nok\r\nzz\r\n`), /^ok$/],
  ['cuts a letter in two', (socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_023)}é${CHUNK}`), /^x{1023}$/],
  ['sends what is not UTF-8', (socket) => socket.end(Buffer.from('HTTP/1.1 200 OK\r\n\r\n\xff', 'latin1')), /^\ufffd$/],
] as const satisfies readonly (readonly [string, (socket: Socket) => unknown, RegExp])[];

describe('a receiver', () => {
  const client = new GuardedClient(destinations({ mayUseLoopback: true }));
  let receiver: Receiver;
  const start = async (answer: (socket: Socket) => unknown) => {
    receiver = await startReceiver(answer);
  };
  const post = (timeoutMs: number, body = '{}') =>
    client.post(`http://127.0.0.1:${receiver.port}/hook`, {
      headers: {},
      body,
      timeoutMs,
      party: 'a party',
      answerBytes: 1_024,
    });

  afterEach(() => receiver.stop());
  after(() => client.close());

  for (const [what, answer, code] of FAILURES) {
    it(`that ${what} fails with ${code}, in time, and its connection is closed`, async () => {
      await start(answer);
      const beganAtMs = performance.now();
      const timeoutMs = code === 'timeout' ? SOON_MS : LATE_MS;
      const error = await rejectionOf(post(timeoutMs));
      expect(error).to.include({ name: 'OutboundError', code });
      expect(error.message).to.not.match(/127\.0\.0\.1/);
      expect(performance.now() - beganAtMs).to.be.below(LATE_MS);
      await until('the connection is closed', () => receiver.open() === 0);
      expect(receiver.sent()).to.be.below(20_000_000);
    });
  }

  for (const [what, answer, body] of ANSWERS) {
    it(`that ${what} has answered, and no more than a kilobyte is kept`, async () => {
      await start(answer);
      const answered = await post(what.startsWith('never') ? SOON_MS : LATE_MS);
      expect(answered.status).to.equal(200);
      expect(answered.body).to.match(body);
      expect(answered.ms).to.be.below(LATE_MS);
      await until('the connection is closed', () => receiver.open() === 0);
      expect(receiver.sent()).to.be.below(20_000_000);
    });
  }

  it('that does not read what is sent fails with timeout', async () => {
    receiver = await startReceiver(() => {}, { reads: false });
    expect(await rejectionOf(post(SOON_MS, 'x'.repeat(50_000_000)))).to.include({ code: 'timeout' });
  });

  it('that is down fails with connection_failed', async () => {
    await start(() => {});
    await receiver.stop();
    const error = await rejectionOf(post(LATE_MS));
    await start(() => {});
    expect(error).to.include({ code: 'connection_failed' });
    expect(error.message)
      .to.match(/refused/)
      .and.not.match(/127/);
  });
});
