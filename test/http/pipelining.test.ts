import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { MOST_HELD_OF_ALL } from '../../src/http/connection.ts';
import { createHttpServer, timeoutsWith } from '../../src/http/server.ts';
import { converse, statusesIn } from '../support/raw-http.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('requests that come before the answers to those before them', () => {
  let server: Server;
  let url: string;
  /** The paths of the requests that were begun. */
  let begun: string[];
  let answers: ServerResponse[];
  let answerAtOnce: boolean;

  const open = async (text: string): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };

  beforeEach(async () => {
    [begun, answers, answerAtOnce] = [[], [], false];
    server = createHttpServer((req, res) => {
      begun.push(req.url ?? '');
      answers.push(res);
      if (answerAtOnce) res.end('{}');
    }, timeoutsWith(1_000));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  it('begin one by one, in turn with those of other connections', async () => {
    await open(get('/1') + get('/2') + get('/3'));
    await until('the first is begun', () => begun.length === 1);
    await open(get('/other'));
    await until('another is begun', () => begun.length === 2);
    expect(begun).to.deep.equal(['/1', '/other']);
    for (const count of [3, 4]) {
      answers[count === 3 ? 0 : 2]?.end();
      await until('the next is begun', () => begun.length === count);
    }
    expect(begun).to.deep.equal(['/1', '/other', '/2', '/3']);
  });

  it('leave a turn of the event loop to others between any two, even if each is answered at once', async () => {
    answerAtOnce = true;
    const turns = new Set<number>();
    let turn = 0;
    const count = () => {
      turn += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    server.prependListener('request', (_request, answer) => answer.once('finish', () => turns.add(turn)));
    await converse(url, [get('/').repeat(65)], { ending: 'half-close' });
    clearImmediate(next);
    expect(turns).to.have.length(65);
  });

  it('do not begin after the connection is gone', async () => {
    const socket = await open(get('/1') + get('/2'));
    await until('the first is begun', () => begun.length === 1);
    socket.resetAndDestroy();
    await once(answers[0] as ServerResponse, 'close');
    answers[0]?.end();
    answerAtOnce = true;
    expect(statusesIn(await converse(url, [get('/after')], { enough: /{}/ }))).to.deep.equal([200]);
    expect(begun).to.deep.equal(['/1', '/after']);
  });

  for (const count of [66, 20_000]) {
    it(`get a 429 as the last answer if more than 64 wait: ${count}`, async () => {
      answerAtOnce = true;
      const received = await converse(url, [get('/').repeat(count)]);
      expect(statusesIn(received)).to.deep.equal([...Array(65).fill(200), 429]);
      expect(begun).to.have.length(65);
      const last = received.slice(received.lastIndexOf('HTTP/1.1'));
      expect(last).to.include('\r\nConnection: close\r\n').and.to.include('problem:too-many-requests"');
    });
  }

  it('get a 429 as well if too many of all connections wait, but never the only one of its connection', async () => {
    const others = await Promise.all(Array.from({ length: MOST_HELD_OF_ALL / 64 }, () => open(get('/').repeat(65))));
    await until('one of each connection is begun', () => begun.length === others.length);
    const received = converse(url, [get('/own').repeat(3)]);
    await until('its first is begun', () => begun.includes('/own'));
    answerAtOnce = true;
    answers.at(-1)?.end('{}');
    expect(statusesIn(await received)).to.deep.equal([200, 200, 429]);
  });

  it('are cut off if too many of all connections are kept, and then make room for others', async () => {
    const floods = await Promise.all(Array.from({ length: 40 }, () => open(get('/').repeat(200))));
    const closed = floods.map((socket) => socket.closed || once(socket, 'close'));
    await Promise.race(closed);
    for (const socket of floods) socket.resetAndDestroy();
    await Promise.all(answers.map((answer) => answer.closed || once(answer, 'close')));
    answerAtOnce = true;
    const received = await converse(url, [get('/').repeat(65)], { ending: 'half-close' });
    expect(statusesIn(received)).to.deep.equal(Array(65).fill(200));
  });

  it('may be any number if no more than 64 wait at once', async () => {
    answerAtOnce = true;
    const socket = await open('');
    let received = '';
    socket.on('data', (piece) => {
      received += piece;
    });
    for (const answered of [65, 130, 195]) {
      socket.write(get('/').repeat(65));
      await until('all are answered', () => statusesIn(received).length === answered);
    }
    expect(new Set(statusesIn(received))).to.deep.equal(new Set([200]));
    socket.destroy();
  });

  it('begin one in a turn, although Node runs microtasks between two of them', async () => {
    const service = await startTestService();
    try {
      const head = `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n`;
      const malformed = `${head}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n1\r\n{\r\n0\r\nX-Trailer: 1\r\n\r\n`;
      // A caller who is known already is answered without any wait. Node runs microtasks if there are trailers.
      await converse(service.url, [malformed], { ending: 'half-close' });
      const received = await converse(service.url, [malformed.repeat(2_000)]);
      expect(statusesIn(received)).to.deep.equal([...Array(65).fill(400), 429]);
    } finally {
      await service.stop();
    }
  });
});
