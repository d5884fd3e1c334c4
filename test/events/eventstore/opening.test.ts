import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { times } from '../../support/eventstore/faults.ts';
import { certificateFile } from '../../support/eventstore/server.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { newStream } from '../new-event.ts';
import { Fixture, newEvents, SHORT_BOUNDS, urlOf } from './fixture.ts';

const CERTIFICATE = encodeURIComponent(certificateFile('certificate'));
/** Longer than a test may take. */
const FOR_EVER_MS = 60_000;

const CREDENTIALS = { username: 'imports', password: 'p:w/?&= ü' };

describe('opening the log in EventStoreDB', () => {
  const fixture = new Fixture();

  /** Opens a log that must fail, at once unless set. Returns the message. */
  async function failureOf(url: string, startWithinMs = FOR_EVER_MS): Promise<string> {
    const error = await rejectionOf(fixture.open(url, { startWithinMs, bounds: SHORT_BOUNDS }));
    expect(error).to.include({ code: 'log_unavailable' });
    return error.message;
  }

  it('waits for a server that is not ready yet', async () => {
    const server = await fixture.start();
    server.faults.notReady = times(4, true);
    const log = await fixture.open(server.url);
    expect(await log.append(newStream(), newEvents(1), 'no_stream')).to.include({ revision: 0 });
  });

  it('waits for a server that does not listen yet', async () => {
    const server = await fixture.start();
    await server.stop();
    const opening = fixture.open(server.url);
    await rejectionOf(fixture.open(server.url, { startWithinMs: 0 }));
    await server.start();
    expect(await (await opening).head()).to.equal(0n);
  });

  it('says once for a command that only reads why it waits', async () => {
    const server = await fixture.start();
    await fixture.open(server.url);
    await server.stop();
    const said: string[] = [];
    const logger = { warn: (message: string) => void said.push(message) };
    const opening = fixture.open(server.url, { isMade: false, logger });
    await until('it is said', () => said.length > 0);
    await server.start();
    await opening;
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^waiting for it: EventStoreDB cannot be reached: /);
  });

  it('waits for a server that gives its name only at the second try', async () => {
    const server = await fixture.start();
    server.faults.afterAppend = times(1, 'drop');
    const log = await fixture.open(server.url);
    expect(server.events().filter(({ stream }) => stream === 'imports_log')).to.have.length(1);
    expect(log.id).to.equal(server.events().find(({ stream }) => stream === 'imports_log')?.id);
  });

  it('gives up after the configured time, and says what to check', async () => {
    const server = await fixture.start();
    await server.stop();
    const message = await failureOf(server.url, 300);
    expect(message).to.equal(
      `The event log is unavailable: EventStoreDB cannot be reached: connect ECONNREFUSED 127.0.0.1:${server.port}. ` +
        'Is EVENTSTORE_URL right (tls=false for a server without TLS, tlsCAFile for a CA of your own), and is it running?',
    );
  });

  it('gives up on a host that does not exist', async () => {
    const message = await failureOf('esdb://no.such.host.invalid:2113?tls=false', 0);
    expect(message).to.match(/no\.such\.host\.invalid.*Is EVENTSTORE_URL right/s);
  });

  it('gives up on a server that accepts connections and does not answer', async () => {
    const server = await fixture.start();
    const proxy = await startProxy(server.port);
    fixture.onCleanUp(() => proxy.stop());
    proxy.freeze();
    const message = await failureOf(urlOf(proxy.port), 0);
    expect(message).to.match(/did not answer within 500 ms/);
  });

  it('gives up on a server without TLS if the URL has it, and says how to turn it off', async () => {
    const server = await fixture.start();
    const message = await failureOf(`esdb://127.0.0.1:${server.port}`, 0);
    expect(message).to.match(/it does not speak TLS there: add tls=false to EVENTSTORE_URL/);
  });

  it('gives up on a server with TLS if the URL has none, and names the settings', async () => {
    const server = await fixture.start({ tls: true });
    const message = await failureOf(`esdb://localhost:${server.port}?tls=false`, 0);
    expect(message).to.match(/EVENTSTORE_URL .*tls=false for a server without TLS/);
  });

  for (const [what, certificate, options, advice] of [
    [
      'a certificate of a CA that is not known',
      'certificate',
      '',
      /CA that is not known here: .*tlsCAFile in EVENTSTORE_URL/,
    ],
    ['a certificate of another CA than that of tlsCAFile', 'certificate', 'other-host', /not known here: .*tlsCAFile/],
    [
      'a certificate for another host',
      'other-host',
      'other-host',
      /not made for the host in EVENTSTORE_URL .*other\.example/,
    ],
    ['a certificate that has expired', 'expired', 'expired', /certificate has expired: renew it/],
  ] as const) {
    it(`gives up on a server with ${what}, and says what to do`, async () => {
      const server = await fixture.start({ tls: true, certificate });
      const query = options === '' ? '' : `?tlsCAFile=${encodeURIComponent(certificateFile(options))}`;
      const message = await failureOf(`esdb://localhost:${server.port}${query}`, 0);
      expect(message).to.match(advice);
      expect(message).not.to.include('--use-system-ca');
    });
  }

  it('gives up if the file of tlsCAFile holds no certificate, and says so', async () => {
    const server = await fixture.start({ tls: true });
    const notOne = encodeURIComponent(fileURLToPath(import.meta.url));
    const message = await failureOf(`esdb://localhost:${server.port}?tlsCAFile=${notOne}`, 0);
    expect(message).to.match(/tlsCAFile/);
  });

  it('is refused at once without credentials if the server needs some', async () => {
    const server = await fixture.start({ credentials: CREDENTIALS });
    expect(await failureOf(server.url)).to.match(/refuses the credentials/);
  });

  it('works with credentials over TLS, whatever characters they have', async () => {
    const server = await fixture.start({ tls: true, credentials: CREDENTIALS });
    const log = await fixture.open(server.url);
    expect(await log.append(newStream(), newEvents(1), 'no_stream')).to.include({ revision: 0 });
    expect(await log.readAll(0n, 10)).to.have.length(1);
  });

  it('is refused with wrong credentials at once, in a sentence without the password', async () => {
    const server = await fixture.start({ tls: true, credentials: CREDENTIALS });
    const message = await failureOf(server.url.replace('esdb://imports:', 'esdb://imports:wrong'));
    expect(message).to.equal(
      'The event log is unavailable: EventStoreDB refuses the credentials in EVENTSTORE_URL, or they may not do this',
    );
  });

  for (const url of [
    'esdb://user:se:cret@host:notaport',
    'esdb://user:secret@host:secret',
    'esdb://user:s@secret:x@host',
    'esdb://user:secret@host:2113?tls=secret',
    'esdb://user:secret@host:2113?tls=true&keepAliveTimeout=secret',
    'https://user:secret@host:2113',
    'secret',
    '',
  ]) {
    it(`refuses ${url === '' ? 'an empty URL' : url} at once and shows nothing of it`, async () => {
      const message = await failureOf(url);
      expect(message).to.match(/EVENTSTORE_URL is not understood: it must be like esdb:/);
      expect(message).not.to.include('secret');
    });
  }

  it('refuses a URL with a file that does not exist, and says so', async () => {
    for (const option of [
      'tlsCAFile=%2Fno%2Fsuch%2Ffile.pem',
      `userKeyFile=/no/such/file.pem&userCertFile=${CERTIFICATE}`,
    ]) {
      const message = await failureOf(`esdb://user:secret@host:2113?${option}`);
      const [name] = option.split('=');
      expect(message).to.include(
        `the file /no/such/file.pem, which ${name} in EVENTSTORE_URL names, cannot be read (ENOENT)`,
      );
      expect(message).not.to.include('secret');
    }
  });

  it('warns of options in the URL without effect, and shows nothing else of the URL', async () => {
    const server = await fixture.start();
    const printed: unknown[] = [];
    const { warn } = console;
    console.warn = (...args) => printed.push(...args);
    try {
      await fixture.open(`esdb://user:secret@127.0.0.1:${server.port}?tls=false&tlsVerifyCert=false&colour=secret`);
    } finally {
      console.warn = warn;
    }
    expect(printed).to.deep.equal([]);
    expect(fixture.warnings).to.deep.equal([
      'The option tlsVerifyCert in EVENTSTORE_URL has no effect.',
      'The option colour in EVENTSTORE_URL has no effect.',
    ]);
  });

  it('accepts a slash after the port, and spaces around the URL', async () => {
    const server = await fixture.start();
    await (await fixture.open(`esdb://127.0.0.1:${server.port}/?tls=false`)).close();
    await fixture.open(` esdb://127.0.0.1:${server.port}?tls=false `);
  });

  it('works with a server that does not say its version', async () => {
    const server = await fixture.start({ serverFeatures: false });
    const log = await fixture.open(server.url);
    expect(await log.append(newStream(), newEvents(1), 'no_stream')).to.include({ revision: 0 });
  });

  for (const version of ['21.10.8', '22.10.5', '23.6.0', '23.10.0', '24.10.0', '25.1.0']) {
    const isOld = version < '23.10';
    it(`${isOld ? 'refuses a server of version' : 'works with version'} ${version}`, async () => {
      const server = await fixture.start({ version });
      if (!isOld) await fixture.open(server.url);
      else expect(await failureOf(server.url)).to.include(`of version ${version}: 23.10 or later is needed`);
    });
  }

  it('refuses a log whose name was deleted', async () => {
    const server = await fixture.start();
    await (await fixture.open(server.url)).close();
    server.tombstone('imports_log');
    expect(await rejectionOf(fixture.open(server.url))).to.include({ code: 'log_damaged' });
  });

  it('gives a log the same name whichever process opens it first', async () => {
    const server = await fixture.start();
    const log = await fixture.open(server.url);
    await log.close();
    expect((await fixture.open(server.url)).id).to.equal(log.id);
  });

  it('refuses a server of another kind', async () => {
    const web = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    fixture.onCleanUp(async () => {
      web.closeAllConnections();
      web.close();
    });
    await failureOf(urlOf((web.address() as AddressInfo).port), 0);
  });
});
