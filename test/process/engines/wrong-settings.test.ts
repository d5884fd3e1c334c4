import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CA_FILE, type StandIn, startStandIn } from '../../support/eventstore/stand-in.ts';
import { type Ended, kill, startProcess, type TestProcess } from '../../support/process.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A store that cannot be reached is waited for up to 10 s; with room for a machine that has other work. */
const WAITS_AT_MOST_MS = 14_000;

const PASSWORD = 'hunter2-secret';
const NOT_PARSED = 'that cannot be parsed';

interface Case {
  readonly name: string;
  /** What the message must name. */
  readonly says: RegExp;
  readonly env: () => NodeJS.ProcessEnv;
  process?: TestProcess;
  ended?: Promise<Ended & { ms: number }>;
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
        ['of a host where nobody listens', () => urlOf(`127.0.0.1:${closed}`)],
        ['of a host that is frozen', () => urlOf(`127.0.0.1:${frozen.port}`)],
        ['of a server of another kind', () => urlOf(`127.0.0.1:${httpPort()}`)],
        ['of a host that is unknown', () => urlOf('nowhere.invalid:1')],
        [NOT_PARSED, () => unparsable],
      ] as const
    ).map(([what, url]) => ({
      name: `${variable} ${what}`,
      says: new RegExp(variable),
      env: () => ({ [variable]: url() }),
    }));
  }

  // All at once: each of them mostly waits.
  before(async function () {
    this.timeout(60_000);
    http = createServer((_, answer) => answer.end('this is a web site')).listen(0, '127.0.0.1');
    await once(http, 'listening');
    secure = await startStandIn({ tls: true, credentials: { username: 'admin', password: 'another one' } });
    frozen = await startProxy(httpPort());
    frozen.freeze();
    const gone = await startProxy(httpPort());
    closed = gone.port;
    await gone.stop();
    for (const one of cases) {
      const began = performance.now();
      one.process = startProcess({ JWT_SECRET, PORT: '0', DATA_DIR: `${directory.path}/data`, ...one.env() });
      one.ended = one.process.ended().then((ended) => ({ ...ended, ms: performance.now() - began }));
    }
  });

  after(async () => {
    await Promise.all(cases.map(({ process }) => process && kill(process, 'SIGKILL')));
    await frozen.stop();
    await secure.stop();
    http.close();
    http.closeAllConnections();
    directory.remove();
  });

  /** How long it takes to start so many processes at once: those whose URL cannot be parsed wait for nothing. */
  async function startTakes(): Promise<number> {
    const parsing = cases.filter(({ name }) => name.endsWith(NOT_PARSED));
    return Math.max(...(await Promise.all(parsing.map(async ({ ended }) => (await ended)?.ms ?? 0))));
  }

  for (const one of cases) {
    it(`${one.name} ends with 1 in time, and one message that names it and holds no password`, async () => {
      const { code, stdout, stderr, ms } = (await one.ended) as Ended & { ms: number };
      expect(code, stdout + stderr).to.equal(1);
      expect(stderr).to.match(one.says);
      expect(stderr).to.not.match(/^ {4}at /m);
      expect(stderr.trim().split('\n').length, stderr).to.be.at.most(2);
      expect(stdout + stderr)
        .to.not.contain(PASSWORD)
        .and.not.contain('curl');
      expect(ms - (await startTakes())).to.be.below(WAITS_AT_MOST_MS);
    });
  }
});
