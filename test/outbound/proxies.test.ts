import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { type AllowedHosts, parseAllowedHosts } from '../../src/outbound/allowed-hosts.ts';
import { GuardedClient, type OutboundPost } from '../../src/outbound/guarded-client.ts';
import { certificateFor } from '../support/certificate.ts';
import { addresses, destinations } from '../support/destinations.ts';
import { OK, type Receiver, startReceiver } from '../support/receiver.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';
import { withoutCheck } from '../support/without-check.ts';

const POST: OutboundPost = { party: 'a party', headers: {}, body: '{}', timeoutMs: 5_000, answerBytes: 1_024 };

describe('the guarded client behind a proxy', () => {
  const certificate = certificateFor('hook.example');
  const known = tls.getCACertificates('default');
  /** What the proxy was asked to connect to or to fetch, and with which credentials. */
  const asked: (string | undefined)[][] = [];
  let status = 'HTTP/1.1 200 Connected';
  let receiver: Receiver;
  let client: GuardedClient;

  const proxy = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers['proxy-authorization']]);
    response.end('from the proxy');
  });
  proxy.on('connect', (request, socket) => {
    asked.push(['CONNECT', request.url, request.headers['proxy-authorization']]);
    socket.on('error', () => {});
    socket.write(`${status}\r\n\r\n`);
    if (!status.includes('200')) return socket.end();
    const onwards = connect(receiver.port, '127.0.0.1').on('error', () => {});
    return socket.pipe(onwards).pipe(socket);
  });

  before(async () => {
    tls.setDefaultCACertificates([certificate.cert]);
    receiver = await startReceiver((socket) => socket.write(OK), { tls: certificate });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    client = new GuardedClient(
      destinations({
        mayUseHttp: true,
        allowedHosts: parseAllowedHosts('127.0.0.1') as AllowedHosts,
        allowedPorts: new Set([443, receiver.port]),
        proxies: { http: url, https: url, except: 'direct.example, .inside.example' },
        lookUp: async (name) => addresses(name === 'direct.example' ? '10.0.0.1' : '127.0.0.1'),
      }),
    );
  });

  beforeEach(() => {
    asked.length = 0;
    status = 'HTTP/1.1 200 Connected';
  });

  after(async () => {
    tls.setDefaultCACertificates(known);
    await client.close();
    await receiver.stop();
    proxy.close();
  });

  it('lets the proxy connect by the name, and speaks TLS with the receiver', async () => {
    expect(await client.post('https://hook.example/', POST)).to.include({ status: 200, body: 'ok' });
    expect(asked).to.deep.equal([['CONNECT', 'hook.example:443', `Basic ${btoa('me:secret')}`]]);
    expect(receiver.heads).to.have.lengthOf(1);
  });

  it('sends nothing if the certificate that comes through it is for another name', async () => {
    const error = await withoutCheck(() => rejectionOf(client.post('https://other.example/', POST)));
    expect(error).to.include({ code: 'tls_failed' });
    expect(asked).to.have.lengthOf(1);
  });

  it('sends to http URLs through it, too', async () => {
    expect(await client.post('http://hook.example/a', POST)).to.include({ body: 'from the proxy' });
    expect(asked).to.deep.equal([['POST', 'http://hook.example/a', `Basic ${btoa('me:secret')}`]]);
  });

  it('connects by itself to the hosts that are excepted, and checks their addresses', async () => {
    expect(await rejectionOf(client.post('https://direct.example/', POST))).to.include({ code: 'no_allowed_address' });
    const error = await rejectionOf(client.post(`https://a.inside.example:${receiver.port}/`, POST));
    expect(error).to.include({ code: 'tls_failed' });
    expect(asked).to.deep.equal([]);
  });

  it('connects by itself to this machine', async () => {
    const error = await rejectionOf(client.post(`https://127.0.0.1:${receiver.port}/`, POST));
    expect(error).to.include({ code: 'tls_failed' });
    expect(asked).to.deep.equal([]);
  });

  it('sends to no literal address that is refused', async () => {
    expect(await rejectionOf(client.post('https://169.254.169.254/', POST))).to.include({ code: 'refused_address' });
    expect(asked).to.deep.equal([]);
  });

  it('says that the proxy refused', async () => {
    status = 'HTTP/1.1 403 Forbidden';
    const error = await rejectionOf(client.post('https://third.example/', POST));
    expect(error).to.include({ code: 'connection_failed', message: 'the proxy refused the connection' });
  });

  it('keeps no connection to it when it is closed', async () => {
    await client.close();
    const open = () => new Promise<number>((resolve) => proxy.getConnections((_, count) => resolve(count)));
    await until('none is open', async () => (await open()) === 0);
  });
});
