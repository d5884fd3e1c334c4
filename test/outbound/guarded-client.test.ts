import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { type AllowedHosts, NO_HOSTS, parseAllowedHosts } from '../../src/outbound/allowed-hosts.ts';
import { GuardedClient, type OutboundPost } from '../../src/outbound/guarded-client.ts';
import { addresses, destinations } from '../support/destinations.ts';
import { OK, type Receiver, startReceiver } from '../support/receiver.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';

const HERE = parseAllowedHosts('127.0.0.1') as AllowedHosts;
const POST: OutboundPost = {
  headers: { 'Content-Type': 'application/json' },
  body: '{"a":1}',
  timeoutMs: 5_000,
  party: 'a party',
  answerBytes: 1_024,
};
const answerOk = (socket: Socket) => socket.write(OK);

describe('the guarded client', () => {
  const clients: GuardedClient[] = [];
  let receiver: Receiver;
  /** What the name `hook.example` leads to, and how often it was looked up. */
  let leadsTo: readonly string[] = [];
  let lookUps = 0;

  const startClient = (keeping = {}, allowedHosts: AllowedHosts = HERE) => {
    const where = destinations({
      mayUseHttp: true,
      allowedHosts,
      allowedPorts: new Set([receiver.port]),
      lookUp: async () => {
        lookUps += 1;
        return addresses(...leadsTo);
      },
    });
    const client = new GuardedClient(where, keeping);
    clients.push(client);
    return client;
  };
  const start = async (answer: (socket: Socket, before: number) => unknown, keeping = {}) => {
    receiver = await startReceiver(answer);
    return startClient(keeping);
  };
  const url = (host = '127.0.0.1', path = '/hook?a=b') => `http://${host}:${receiver.port}${path}`;

  beforeEach(() => {
    leadsTo = ['127.0.0.1'];
    lookUps = 0;
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await receiver.stop();
  });

  it('sends a POST and gives the answer', async () => {
    const client = await start((socket) => socket.write(OK.replace('\r\n', '\r\nRetry-After: 7\r\n')));
    const answer = await client.post(url(), POST);
    expect(answer).to.include({ status: 200, body: 'ok' });
    expect(answer.headers).to.include({ 'retry-after': '7' });
    expect(answer.ms).to.be.within(0, 5_000);
    expect(receiver.heads[0])
      .to.match(/^POST \/hook\?a=b HTTP\/1\.1\r\n/)
      .and.match(/^accept-encoding: identity\r\n/im)
      .and.match(/^content-type: application\/json\r\n/im)
      .and.match(/^content-length: 7\r\n/im);
  });

  it('follows no redirect', async () => {
    const client = await start((socket) => socket.write(OK.replace('200 OK\r\n', `307 No\r\nLocation: ${url()}\r\n`)));
    const answer = await client.post(url(), POST);
    expect(answer.status).to.equal(307);
    expect(answer.headers).to.include({ location: url() });
    expect(receiver.heads).to.have.lengthOf(1);
  });

  it('keeps a connection for the next requests', async () => {
    const client = await start(answerOk);
    for (let sent = 0; sent < 20; sent += 1) await client.post(url('hook.example'), POST);
    // The first is free again a turn of the event loop after its answer.
    expect(receiver.made()).to.be.at.most(2);
    expect(lookUps).to.be.at.most(2);
  });

  it('makes no more connections to an origin than it may, and lets the others wait', async () => {
    const waiting: Socket[] = [];
    const client = await start((socket) => waiting.push(socket), { connections: 3 });
    const answers = Promise.all(Array.from({ length: 12 }, () => client.post(url(), POST)));
    for (let answered = 0; answered < 12; answered += 1) answerOk(await until('one waits', () => waiting.shift()));
    await answers;
    expect(receiver.made()).to.equal(3);
  });

  it('shares no connections between parties, so that a receiver that hangs for one does not delay another', async () => {
    const client = await start((socket, before) => before > 0 && answerOk(socket), { connections: 1 });
    const hanging = client.post(url(), { ...POST, party: 'one' }).catch(() => {});
    await until('it hangs', () => receiver.made() === 1);
    expect((await client.post(url(), { ...POST, party: 'another' })).status).to.equal(200);
    await client.close();
    await hanging;
  });

  it('connects to no address that is refused, though it listens: neither of a name nor in the URL', async () => {
    receiver = await startReceiver(answerOk);
    const client = startClient({}, NO_HOSTS);
    leadsTo = ['127.0.0.1', '::1'];
    expect(await rejectionOf(client.post(url('hook.example'), POST))).to.include({ code: 'no_allowed_address' });
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]']) {
      expect(await rejectionOf(client.post(url(host), POST))).to.include({ code: 'refused_address' });
    }
    expect(receiver.made()).to.equal(0);
  });

  it('connects to an allowed address of a name that has refused ones too', async () => {
    const client = await start(answerOk);
    leadsTo = ['10.0.0.1', '::1', '127.0.0.1', '64:ff9b::a00:1'];
    expect(await client.post(url('hook.example'), POST)).to.include({ status: 200 });
  });

  it('refuses a name that has only refused addresses on the second look', async () => {
    const client = await start((socket) => socket.end(OK));
    await client.post(url('hook.example'), POST);
    leadsTo = ['10.0.0.1'];
    expect(await rejectionOf(client.post(url('hook.example'), POST))).to.include({ code: 'no_allowed_address' });
    leadsTo = ['127.0.0.1'];
    await client.post(url('hook.example'), POST);
  });

  it('connects to the very address that it checked, and does not look up the name once more', async () => {
    const client = await start(answerOk);
    const posted = client.post(url('hook.example'), POST);
    await until('the name is looked up', () => lookUps > 0);
    leadsTo = ['10.0.0.1'];
    await posted;
    expect(lookUps).to.equal(1);
  });

  it('looks a name up again after a while, though its connection is in use all the time', async () => {
    const client = await start(answerOk, { reuseMs: 50 });
    await client.post(url('hook.example'), POST);
    leadsTo = ['10.0.0.1'];
    const error = await until('the name is looked up again', () =>
      client.post(url('hook.example'), POST).then(
        () => null,
        (refusal) => refusal,
      ),
    );
    expect(error).to.include({ code: 'no_allowed_address' });
    expect(receiver.made()).to.be.at.most(2);
  });

  it('lets a request that is under way end by its connection when that is not taken for others any more', async () => {
    const waiting: Socket[] = [];
    const client = await start((socket, before) => (before === 0 ? waiting.push(socket) : answerOk(socket)), {
      reuseMs: 20,
      idleMs: 50,
    });
    const first = client.post(url(), POST);
    await until('the first came', () => waiting.length > 0);
    await until('another connection is made', async () => {
      await client.post(url(), POST);
      return receiver.made() > 2;
    });
    answerOk(waiting[0] as Socket);
    expect(await first).to.include({ status: 200 });
    await until('all connections are closed', () => receiver.open() === 0);
  });

  it('closes a connection that idles', async () => {
    const client = await start(answerOk, { idleMs: 30 });
    await client.post(url(), POST);
    expect(receiver.open()).to.equal(1);
    await until('it is closed', () => receiver.open() === 0);
    expect(await client.post(url(), POST)).to.include({ status: 200 });
  });

  it('closes connections that idle while others of their origin are in use', async () => {
    const waiting: Socket[] = [];
    const client = await start((socket, before) => (before < 8 ? waiting.push(socket) : answerOk(socket)), {
      idleMs: 40,
    });
    const many = Promise.all(Array.from({ length: 8 }, () => client.post(url(), POST)));
    await until('all are under way', () => waiting.length === 8);
    for (const socket of waiting) answerOk(socket);
    await many;
    const oneOrTwoAreLeft = () => client.post(url(), POST).then(() => receiver.open() < 3);
    await until('the others are closed', oneOrTwoAreLeft);
  });

  it('fails at the deadline also if the name is not looked up, or no connection is free', async () => {
    const client = await start(() => {}, { connections: 1 });
    const blocking = client.post(url(), POST).catch(() => {});
    await until('the connection is taken', () => receiver.heads.length > 0);
    expect(await rejectionOf(client.post(url(), { ...POST, timeoutMs: 30 }))).to.include({ code: 'timeout' });
    expect(receiver.heads).to.have.lengthOf(1);
    const never = new GuardedClient(destinations({ lookUp: () => new Promise(() => {}) }));
    clients.push(never);
    expect(await rejectionOf(never.post('https://hook.example/', { ...POST, timeoutMs: 30 }))).to.include({
      code: 'timeout',
    });
    await client.close();
    await blocking;
  });

  it('ends a request when the signal says so, and leaves nothing on a signal of many requests', async () => {
    const client = await start((socket, before) => (before < 100 ? answerOk(socket) : null));
    const end = new AbortController();
    const { signal } = end;
    await Promise.all(Array.from({ length: 100 }, () => client.post(url(), { ...POST, signal })));
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    const posted = client.post(url(), { ...POST, signal });
    await until('it is under way', () => receiver.heads.length > 100);
    end.abort();
    expect(await rejectionOf(posted)).to.include({ code: 'aborted' });
    expect(await rejectionOf(client.post(url(), { ...POST, signal }))).to.include({ code: 'aborted' });
    expect(receiver.heads).to.have.lengthOf(101);
  });

  it('ends what is under way when it is closed, and sends nothing after that', async () => {
    const client = await start(() => {});
    const posts = Array.from({ length: 40 }, () => rejectionOf(client.post(url(), POST)));
    await until('some are under way', () => receiver.heads.length === 32);
    await client.close();
    for (const post of posts) expect(await post).to.include({ code: 'aborted' });
    expect(await rejectionOf(client.post(url(), POST))).to.include({ code: 'aborted' });
    await until('all connections are closed', () => receiver.open() === 0);
  });
});
