import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import pino from 'pino';
import { converse, type Ending } from '../../support/raw-http.ts';
import { reset } from '../../support/reset.ts';
import { testService } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { whileInstead } from '../../support/while-instead.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly caller_request_id?: string;
  readonly status?: number;
  readonly aborted?: boolean;
}

const INFO = 30;

describe('a caller who leaves', () => {
  const service = testService({}, pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }));
  const lines: Line[] = [];
  let count = 0;
  /** The start of a request with a new id, by which its line in the log is found. */
  const headOf = (method: string, path: string, length: number, further = '') =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\n` +
    `X-Request-Id: ${++count}\r\n${further}Content-Length: ${length}\r\n\r\n`;
  const lineOf = (request: string) => {
    const id = /X-Request-Id: (\d+)/.exec(request)?.[1];
    return until('the request is over', () => lines.find(({ caller_request_id }) => caller_request_id === id) ?? null);
  };
  const services = () => service.service.services;
  const connected = async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };

  /** Sends a request and leaves while it waits for `method`, which continues after the service's end has noticed. */
  async function goneBefore<T extends object, M extends keyof T>(
    object: T,
    method: M,
    request: string,
    ending: (socket: Socket) => void,
  ): Promise<Line> {
    const own = object[method] as (...args: unknown[]) => Promise<unknown>;
    const gate = Promise.withResolvers<void>();
    let isAsked = false;
    const value = async (...args: unknown[]) => {
      isAsked = true;
      await gate.promise;
      return own.apply(object, args);
    };
    await whileInstead(object, { [method]: value } as Partial<T>, async () => {
      const socket = await connected();
      const serverSide = await serverSocketOf(socket, request);
      await until('the work is waited for', () => isAsked);
      ending(socket);
      await until('the service knows', () => !serverSide.readable);
    }).finally(gate.resolve);
    return lineOf(request);
  }

  /** Sends the request, and gives the service's end of the connection. */
  async function serverSocketOf(socket: Socket, request: string): Promise<Socket> {
    const handles = () => (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles() as Socket[];
    const find = () => handles().find((handle) => handle.remotePort === socket.localPort && handle !== socket);
    const serverSide = await until('the service has the connection', () => find() ?? null);
    socket.write(request);
    return serverSide;
  }

  const endings: [how: string, ending: (socket: Socket) => void][] = [
    ['by a reset', reset],
    ['by closing', (socket) => socket.destroy()],
    ['by closing the sending side', (socket) => socket.end()],
  ];
  for (const [how, ending] of endings) {
    it(`${how} during the authentication has nothing recorded`, async () => {
      const before = await services().log.head();
      const request = `${headOf('POST', '/api/v1/imports', 3)}a=1`;
      const line = await goneBefore(services().authenticator, 'authenticate', request, ending);
      expect(line).to.include({ level: INFO, aborted: true, status: 400 });
      expect(await services().log.head()).to.equal(before);
    });

    it(`${how} while a view is being read has nothing rendered`, async () => {
      const { id } = (await (await service.post('')).json()) as { id: string };
      const line = await goneBefore(services().readModel, 'get', headOf('GET', `/api/v1/imports/${id}`, 0), ending);
      expect(line).to.include({ level: INFO, aborted: true, status: 400 });
    });

    it(`${how} in mid-body has nothing recorded, and is no error in the log`, async () => {
      const before = await services().log.head();
      for (const further of ['', 'Content-Encoding: gzip\r\n']) {
        const request = headOf('POST', '/api/v1/imports', 100, `${further}Expect: 100-continue\r\n`);
        const socket = await connected();
        socket.write(request);
        // Its body is being read.
        await once(socket, 'data');
        socket.write('a=1');
        ending(socket);
        expect(await lineOf(request)).to.include({ level: INFO, aborted: true, status: 400 });
      }
      expect(await services().log.head()).to.equal(before);
    });
  }

  it('after the work on its request has begun finds that done, answered or not', async () => {
    const { log } = services();
    const before = await log.head();
    const request = `${headOf('POST', '/api/v1/imports', 3)}a=1`;
    await converse(service.url, [request], { ending: 'close' });
    const { status } = await lineOf(request);
    expect(await log.head()).to.equal(status === 200 ? before + 1n : before);
  });

  it('at any byte is no error in the log', async () => {
    const request = `${headOf('POST', '/api/v1/imports', 3)}a=1`;
    const endings: Ending[] = ['reset', 'close', 'half-close'];
    for (let length = 1; length <= request.length; length += 3) {
      const part = request.slice(0, length);
      await Promise.all(endings.map((ending) => converse(service.url, [part], { ending })));
    }
    await until('the service lets go of them', async () => (await service.request('/livez')).ok);
    for (const line of lines) expect(line.level, JSON.stringify(line)).to.be.at.most(INFO);
  });
});
