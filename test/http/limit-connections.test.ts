import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { limitConnections } from '../../src/http/limit-connections.ts';
import { createHttpServer, timeoutsWith } from '../../src/http/server.ts';
import { until } from '../support/until.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the limit of connections', () => {
  it('closes those that idle if a new one finds no place, and none with a request under way', async () => {
    let end = () => {};
    const server = createHttpServer((request, response) => {
      if (request.url === '/') response.end('ended');
      else end = () => response.end('ended');
    }, timeoutsWith(60_000));
    limitConnections(server, 4);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const sockets: Socket[] = [];
    const opened = async (text: string) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      let received = '';
      socket.on('data', (bytes) => {
        received += bytes;
      });
      socket.write(text);
      const isClosed = once(socket, 'close');
      if (text === GET) await Promise.race([until('it is answered', () => received.endsWith('ended')), isClosed]);
      return { socket, received: () => received };
    };
    try {
      const lasting = await opened(GET.replace('/', '/lasting'));
      const idle = [await opened(GET), await opened(GET), await opened(GET)];
      const count = () =>
        new Promise<number>((resolve) => server.getConnections((_error, connections) => resolve(connections)));
      await until('all are there', async () => (await count()) === 4);
      await opened(GET);
      await until('the idle ones are closed', () => idle.every(({ socket }) => socket.destroyed));
      expect((await opened(GET)).received()).to.contain('200 OK');
      end();
      await until('it is answered', () => lasting.received().includes('ended'));
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});
