import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

/** A client, what it has received, and how it was closed. */
interface Client {
  readonly socket: Socket;
  heard: string;
  closed: string | null;
}

describe('the TCP proxy of the tests', () => {
  let server: Server;
  /** The server's connections, in the order in which they came. */
  let accepted: Socket[];
  let serverPort: number;
  let proxy: TcpProxy;
  let clients: Client[];

  beforeEach(async () => {
    accepted = [];
    clients = [];
    // Echoes what it gets, and then the end.
    server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted.push(socket.on('error', () => {}));
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    serverPort = (server.address() as AddressInfo).port;
    proxy = await startProxy(serverPort);
  });

  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await proxy.stop();
    for (const socket of accepted) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  function client(port = proxy.port): Client {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const made: Client = { socket, heard: '', closed: null };
    socket.setEncoding('latin1').on('data', (text) => {
      made.heard += text;
    });
    socket.on('end', () => {
      made.closed ??= 'end';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      made.closed ??= error.code ?? error.message;
    });
    clients.push(made);
    return made;
  }

  async function hears(one: Client, text: string): Promise<void> {
    await until(`"${text}" came back`, () => one.heard === text);
  }

  async function connected(): Promise<Client> {
    const made = client();
    made.socket.write('hello');
    await hears(made, 'hello');
    return made;
  }

  /** Waits until anything that passes must have passed: bytes of another client go to the server and back, many times. */
  async function meanwhile(): Promise<void> {
    const other = client(serverPort);
    for (let round = 1; round <= 5; round += 1) {
      other.socket.write('.');
      await hears(other, '.'.repeat(round));
    }
    other.socket.destroy();
  }

  it('passes a reset on', async () => {
    const one = await connected();
    accepted[0]?.resetAndDestroy();
    expect(await until('it is closed', () => one.closed)).to.equal('ECONNRESET');
  });

  it('resets every connection and refuses new ones while it is cut, and then listens on the same port again', async () => {
    const old = await connected();
    proxy.cut();
    expect(proxy.connections()).to.equal(0);
    expect(await until('it is closed', () => old.closed)).to.equal('ECONNRESET');
    const refused = client();
    expect(await until('it is refused', () => refused.closed)).to.equal('ECONNREFUSED');
    proxy.resume();
    await connected();
  });

  it('resets all connections, and lets new ones pass', async () => {
    const old = await connected();
    proxy.reset();
    expect(await until('it is closed', () => old.closed)).to.equal('ECONNRESET');
    await connected();
  });

  it('ends all connections as a server does that closes them, and lets new ones pass', async () => {
    const old = await connected();
    proxy.end();
    expect(await until('it is closed', () => old.closed)).to.equal('end');
    await until('the server has lost it', () => accepted[0]?.destroyed || accepted[0]?.readableEnded);
    // Bytes to a connection that the other end has closed are answered by a reset.
    await until('it is told', () => {
      if (!old.socket.destroyed) old.socket.write('.');
      return old.socket.errored;
    });
    await connected();
  });

  it('ends all connections to clients but reads on, and lets new ones pass', async () => {
    const old = await connected();
    proxy.halfClose();
    expect(await until('it is closed', () => old.closed)).to.equal('end');
    old.socket.write('nobody hears this');
    await connected();
    await meanwhile();
    expect(old.socket.errored).to.equal(null);
    expect(old.heard).to.equal('hello');
    expect(accepted[0]?.bytesRead).to.equal('hello'.length);
  });

  it('cuts the next answer of every connection, and lets new ones pass', async () => {
    const [one, other] = [await connected(), await connected()];
    proxy.cutAnswersAfter(4);
    // The new cut replaces the old one.
    proxy.cutAnswersAfter(2);
    one.socket.write('bye');
    expect(await until('it is closed', () => one.closed)).to.equal('ECONNRESET');
    expect(one.heard).to.equal('helloby');
    await meanwhile();
    expect(other.closed).to.equal(null);
    await connected();
  });

  it('holds the bytes of old and new connections while it is frozen, and passes them on later', async () => {
    const old = await connected();
    proxy.freeze();
    const young = client();
    await once(young.socket, 'connect');
    old.socket.write(', old');
    young.socket.write('young');
    accepted[0]?.write('!');
    await meanwhile();
    expect([old.heard, old.closed, young.heard, young.closed]).to.deep.equal(['hello', null, '', null]);
    expect(accepted[0]?.bytesRead).to.equal('hello'.length);
    proxy.resume();
    await hears(old, 'hello!, old');
    await hears(young, 'young');
  });

  it('leaves isolated connections open and silent for ever, and lets new ones pass', async () => {
    const old = await connected();
    const dead = await connected();
    proxy.isolate();
    accepted[1]?.resetAndDestroy();
    proxy.resume();
    old.socket.write(', old');
    accepted[0]?.end('!');
    await connected();
    await meanwhile();
    expect([old.heard, old.closed, dead.closed]).to.deep.equal(['hello', null, null]);
    expect(accepted[0]?.bytesRead).to.equal('hello'.length);
    expect(proxy.connections()).to.equal(3);
    old.socket.destroy();
    await until('a client has left', () => proxy.connections() === 2);
    expect(accepted[0]?.readableEnded).to.equal(false);
  });
});
