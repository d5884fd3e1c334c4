import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { readBody } from '../../src/http/in/read-body.ts';
import type { CallersShare } from '../../src/http/limits/callers-share.ts';
import type { Problem } from '../../src/http/out/problem.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { converse, type Ending, statusesIn } from '../support/raw-http.ts';
import { until } from '../support/until.ts';

/** No limits: nobody else sends anything. */
const NO_LIMITS = {
  held: { take: () => {}, keep: () => {}, release: () => {} },
  large: { enter: async () => {}, enterIfLarge: async () => {}, leave: () => {} },
  share: { zip: <T>(work: () => Promise<T>) => work() } as CallersShare,
};

const TIMEOUTS = { headersMs: 200, requestMs: 400, keepAliveMs: 100, idleMs: 300, lingerMs: 200, checkEveryMs: 20 };
const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n';
const CONNECT = 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the server', () => {
  let server: Server;
  let url: string;

  /** Everything that came back until the server closed the connection. */
  const untilClosed = async (write: (socket: Socket) => void) => {
    const accepted = once(server, 'connection');
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    await once(socket, 'connect');
    write(socket);
    await accepted;
    await until('the server has no connection left', async () => (await connections()) === 0);
    socket.destroy();
    return received;
  };
  const slowly = (text: string, everyMs: number) => (socket: Socket) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (socket.writable) socket.write(text.charAt(sent++) || 'x');
      else clearInterval(timer);
    }, everyMs);
    socket.once('close', () => clearInterval(timer));
  };
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );

  before(async () => {
    server = createHttpServer((req, res) => {
      const body = req.url === '/unread' ? Promise.reject({ status: 401 }) : readBody({ req, res }, NO_LIMITS);
      body.then(
        () => res.end('done'),
        ({ status }: Problem) => res.writeHead(status, { Connection: 'close' }).end('refused'),
      );
    }, TIMEOUTS);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  for (const count of [200, 201, 8_000]) {
    it(`takes 200 headers, and refuses a request with more by its last answer: ${count}`, async () => {
      const headers = 'a:\r\n'.repeat(count - 1);
      const received = await converse(url, [`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, POST], {
        ending: 'half-close',
      });
      expect(statusesIn(received)).to.deep.equal([count === 200 ? 200 : 431]);
      if (count > 200) expect(received).to.include('\r\nConnection: close\r\n').and.to.include('at most 200 headers');
    });
  }

  it('ends a caller whose headers come too slowly with 408', async () => {
    const received = await untilClosed(slowly(`GET / HTTP/1.1\r\nX: ${'x'.repeat(1_000)}`, 10));
    expect(received).to.match(/^HTTP\/1\.1 408 /);
    expect(received).to.match(/"type":"urn:import-api:problem:request-timeout"/);
    expect(statusesIn(received)).to.deep.equal([408]);
  });

  it('ends a caller whose body comes too slowly with 408', async () => {
    const received = await untilClosed((socket) => {
      socket.write(POST);
      slowly('', 10)(socket);
    });
    expect(statusesIn(received)).to.deep.equal([408]);
  });

  it('gives a caller who got an early answer no second one, however slowly the body comes', async () => {
    const received = await untilClosed((socket) => {
      socket.write(POST.replace('/', '/unread'));
      slowly('', 10)(socket);
    });
    expect(statusesIn(received)).to.deep.equal([401]);
    expect(received).to.include('refused');
  });

  it('closes a connection without further requests', async () => {
    expect(await untilClosed((socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).to.match(
      /^HTTP\/1\.1 200 /,
    );
  });

  it('closes a connection without any request', async () => {
    expect(await untilClosed(() => {})).to.match(/^(HTTP\/1\.1 408 |$)/);
  });

  for (const ending of ['reset', 'close', 'half-close', 'stay'] as Ending[]) {
    it(`survives a CONNECT with a ${ending} after it, and forgets the connection`, async () => {
      await Promise.all(Array.from({ length: 50 }, () => converse(url, [CONNECT], { ending })));
      await until('the server has no connection left', async () => (await connections()) === 0);
    });
  }

  it('closes the connection of a caller who sent a CONNECT and stays', async () => {
    expect(statusesIn(await untilClosed((socket) => socket.write(CONNECT)))).to.deep.equal([400]);
    expect(statusesIn(await untilClosed((socket) => socket.end(CONNECT)))).to.deep.equal([400]);
  });
});
