import type { Socket } from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { type AllowedHosts, parseAllowedHosts } from '../../src/outbound/allowed-hosts.ts';
import { GuardedClient, type OutboundPost } from '../../src/outbound/guarded-client.ts';
import { certificateFor } from '../support/certificate.ts';
import { addresses, destinations } from '../support/destinations.ts';
import { OK, type Receiver, startReceiver } from '../support/receiver.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { withoutCheck } from '../support/without-check.ts';

const HERE = parseAllowedHosts('127.0.0.1') as AllowedHosts;
const POST: OutboundPost = { party: 'a party', headers: {}, body: '{}', timeoutMs: 5_000, answerBytes: 1_024 };
const answerOk = (socket: Socket) => socket.write(OK);

describe('the guarded client by TLS', () => {
  const certificate = certificateFor('hook.example');
  const known = tls.getCACertificates('default');
  const clients: GuardedClient[] = [];
  let receiver: Receiver;

  const startClient = () => {
    const client = new GuardedClient(
      destinations({
        allowedHosts: HERE,
        allowedPorts: new Set([receiver.port]),
        lookUp: async () => addresses('127.0.0.1'),
      }),
    );
    clients.push(client);
    return client;
  };
  const url = (host = 'hook.example') => `https://${host}:${receiver.port}/`;
  const trust = () => tls.setDefaultCACertificates([certificate.cert]);

  afterEach(async () => {
    tls.setDefaultCACertificates(known);
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await receiver.stop();
  });

  it('sends if the certificate is of a known authority', async () => {
    trust();
    receiver = await startReceiver(answerOk, { tls: certificate });
    expect(await startClient().post(url(), POST)).to.include({ status: 200, body: 'ok' });
  });

  for (const [what, host, isKnown, says] of [
    ['is signed by itself', 'hook.example', false, /certificate is signed by itself/],
    ['is for another name', 'other.example', true, /certificate is for another name/],
  ] as const) {
    it(`sends nothing if the certificate ${what}, whatever NODE_TLS_REJECT_UNAUTHORIZED says`, async () => {
      if (isKnown) trust();
      receiver = await startReceiver(answerOk, { tls: certificate });
      const error = await withoutCheck(() => rejectionOf(startClient().post(url(host), POST)));
      expect(error).to.include({ name: 'OutboundError', code: 'tls_failed' });
      expect(error.message).to.match(says);
      expect(receiver.heads).to.deep.equal([]);
    });
  }

  it('fails if the receiver speaks no TLS', async () => {
    receiver = await startReceiver(() => {}, { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    expect(await rejectionOf(startClient().post(url(), POST))).to.include({ code: 'tls_failed' });
  });

  it('fails at the deadline if the receiver does not answer the handshake', async () => {
    receiver = await startReceiver(() => {}, { reads: false });
    expect(await rejectionOf(startClient().post(url(), { ...POST, timeoutMs: 50 }))).to.include({ code: 'timeout' });
  });
});
