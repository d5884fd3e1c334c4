import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { converse, statusesIn } from '../support/raw-http.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

const METRICS = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const MOST_CONNECTIONS = 64;

describe('the server for operators', () => {
  let service: TestService;
  let sockets: Socket[];

  /** Resolves when it is connected, whatever happens to it later. */
  const open = async (write: string) => {
    const socket = connect(Number(new URL(service.operationsUrl).port), '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(write);
    return socket;
  };
  const isAnswered = (url: string) =>
    fetch(`${url}/livez`).then(
      () => true,
      () => false,
    );

  beforeEach(async () => {
    sockets = [];
    service = await startTestService();
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await service.stop();
  });

  it('limits its connections without effect on callers, and accepts new ones after others have closed', async () => {
    await Promise.all(Array.from({ length: MOST_CONNECTIONS }, () => open('GET /metrics HTTP/1.1\r\n')));
    await until('no more are taken', async () => !(await isAnswered(service.operationsUrl)));
    expect(await isAnswered(service.url)).to.equal(true);
    sockets[0]?.destroy();
    await until('another is taken', () => isAnswered(service.operationsUrl));
  });

  it('stops at once if its connections idle, and soon if a client stays connected', async () => {
    const silent = await open('');
    const half = await open('GET /metrics HTTP/1.1\r\n');
    const unread = await open(METRICS.repeat(200));
    unread.pause();
    const closed = [silent, half].map((socket) => once(socket, 'close'));
    await service.stop();
    await Promise.all(closed);
    expect(await isAnswered(service.operationsUrl)).to.equal(false);
  });

  for (const ending of ['reset', 'close', 'half-close'] as const) {
    it(`survives a request that ends with a ${ending}`, async () => {
      for (const text of [
        METRICS,
        METRICS.slice(0, 20),
        'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
        'NONSENSE\r\n\r\n',
      ]) {
        await Promise.all(Array.from({ length: 20 }, () => converse(service.operationsUrl, [text], { ending })));
      }
      expect(statusesIn(await converse(service.operationsUrl, [METRICS], { ending: 'half-close' }))).to.deep.equal([
        200,
      ]);
    });
  }
});
