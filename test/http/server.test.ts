import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { createHttpServer } from '../../src/http/server.ts';

const TIMEOUTS = { headersMs: 200, requestMs: 400, keepAliveMs: 100, idleMs: 300, checkEveryMs: 20 };

describe('the server', () => {
  let server: Server;
  const sockets: Socket[] = [];

  /** Everything that came back until the server closed the connection. */
  const untilClosed = async (write: (socket: Socket) => void) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    write(socket);
    await once(socket, 'close');
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

  before(async () => {
    server = createHttpServer((request, response) => {
      request.resume().on('end', () => response.end('done'));
    }, TIMEOUTS);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('ends a caller whose headers come too slowly with 408', async () => {
    const received = await untilClosed(slowly(`GET / HTTP/1.1\r\nX: ${'x'.repeat(1_000)}`, 10));
    expect(received).to.match(/^HTTP\/1\.1 408 /);
    expect(received).to.match(/"type":"urn:import-api:problem:request-timeout"/);
  });

  it('ends a caller whose body comes too slowly with 408', async () => {
    const received = await untilClosed((socket) => {
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
      slowly('', 10)(socket);
    });
    expect(received).to.match(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection on which nothing is asked any more', async () => {
    expect(await untilClosed((socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).to.match(
      /^HTTP\/1\.1 200 /,
    );
  });

  it('closes a connection on which nothing is ever asked', async () => {
    expect(await untilClosed(() => {})).to.match(/^(HTTP\/1\.1 408 |$)/);
  });
});
