import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CA_FILE, type StandIn, startStandIn } from '../../support/eventstore/stand-in.ts';
import { startProcess } from '../../support/process.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { startHere } from '../../support/start-here.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PASSWORD = 'hunter2-secret';
/** The codes of what is told as its message alone. */
const EXPECTED = ['bad_config', 'log_unavailable', 'read_model_unavailable'];
const NOBODY_LISTENS = 'of a host where nobody listens';

interface Case {
  readonly name: string;
  /** What the message must name. */
  readonly says: RegExp;
  readonly env: () => NodeJS.ProcessEnv;
  /** What the start failed with, and all that it logged. */
  failed?: Promise<{ error: Error; logged: string }>;
}

describe('a start with a wrong setting of an engine', () => {
  const directory = temporaryDirectory();
  let http: Server;
  let secure: StandIn;
  let frozen: TcpProxy;
  let closed: number;

  const httpPort = () => (http.address() as AddressInfo).port;
  const cases: Case[] = [
    ...store(
      'EVENTSTORE_URL',
      `esdb://admin:${PASSWORD}@127.0.0.1:2113?nodePreference=nobody`,
      (host) => `esdb://admin:${PASSWORD}@${host}?tls=false`,
    ),
    ...store(
      'MONGODB_URL',
      `mongodb://admin:${PASSWORD}@127.0.0.1:99999999/imports`,
      (host) => `mongodb://admin:${PASSWORD}@${host}/imports`,
    ),
    {
      name: 'EVENTSTORE_URL with a password that is refused',
      says: /EVENTSTORE_URL/,
      env: () => ({
        EVENTSTORE_URL: `esdb://admin:${PASSWORD}@localhost:${secure.port}?tls=true&tlsCAFile=${encodeURIComponent(CA_FILE)}`,
      }),
    },
    {
      name: 'EVENTSTORE_URL without TLS of a server with TLS',
      says: /EVENTSTORE_URL/,
      env: () => ({ EVENTSTORE_URL: `esdb://admin:${PASSWORD}@localhost:${secure.port}?tls=false` }),
    },
    {
      name: 'EVENTSTORE_URL with a file that is not there',
      says: /EVENTSTORE_URL/,
      env: () => ({ EVENTSTORE_URL: `esdb://admin:${PASSWORD}@localhost:${secure.port}?tlsCAFile=/nowhere/ca.pem` }),
    },
  ];

  /** What may be wrong with the URL of either store. */
  function store(variable: string, unparsable: string, urlOf: (host: string) => string): Case[] {
    return (
      [
        [NOBODY_LISTENS, () => urlOf(`127.0.0.1:${closed}`)],
        ['of a host that is frozen', () => urlOf(`127.0.0.1:${frozen.port}`)],
        ['of a server of another kind', () => urlOf(`127.0.0.1:${httpPort()}`)],
        ['of a host that is unknown', () => urlOf('nowhere.invalid:1')],
        ['that cannot be parsed', () => unparsable],
      ] as const
    ).map(([what, url]) => ({
      name: `${variable} ${what}`,
      says: new RegExp(variable),
      env: () => ({ [variable]: url() }),
    }));
  }

  // All at once: each of them mostly waits.
  before(async () => {
    http = createServer((_, answer) => answer.end('this is a web site')).listen(0, '127.0.0.1');
    await once(http, 'listening');
    secure = await startStandIn({ tls: true, credentials: { username: 'admin', password: 'another one' } });
    frozen = await startProxy(httpPort());
    frozen.freeze();
    const gone = await startProxy(httpPort());
    closed = gone.port;
    await gone.stop();
    for (const one of cases) one.failed = failing(one.env());
  });

  after(async () => {
    await frozen.stop();
    await secure.stop();
    http.close();
    http.closeAllConnections();
    directory.remove();
  });

  const settings = { JWT_SECRET, PORT: '0', DATA_DIR: `${directory.path}/data` };

  async function failing(env: NodeJS.ProcessEnv) {
    let logged = '';
    const error = await rejectionOf(startHere({ ...settings, ...env }, (line) => (logged += line)));
    return { error, logged };
  }

  for (const one of cases) {
    it(`(${one.name}) fails with one message that names it and holds no password`, async () => {
      const { error, logged } = await (one.failed as NonNullable<Case['failed']>);
      expect(error).to.have.property('code').that.is.oneOf(EXPECTED);
      expect(error.message).to.match(one.says);
      expect(error.message.split('\n').length, error.message).to.be.at.most(2);
      expect(error.message + logged)
        .to.not.contain(PASSWORD)
        .and.not.contain('curl');
    });
  }

  it('ends the process with 1 and the message alone', async () => {
    const refused = cases.filter(({ name }) => name.endsWith(NOBODY_LISTENS));
    const processes = refused.map(({ env }) => startProcess({ ...settings, ...env() }).ended());
    for (const [index, { code, stdout, stderr }] of (await Promise.all(processes)).entries()) {
      expect(code, stdout + stderr).to.equal(1);
      expect(stderr).to.match((refused[index] as Case).says);
      expect(stderr.trim().split('\n').length, stderr).to.be.at.most(2);
      expect(stdout + stderr).to.not.contain(PASSWORD);
    }
  });
});
