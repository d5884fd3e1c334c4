import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { announce } from '../../src/service/development.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { JWT_SECRET } from '../support/service.ts';
import { type StartedHere, startHere } from '../support/start-here.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('OPERATIONS_HOST and OPERATIONS_PORT', () => {
  let directories: ReturnType<typeof temporaryDirectory>[];
  let running: StartedHere[];
  let lines: string[];

  const start = async (env: NodeJS.ProcessEnv = {}): Promise<StartedHere> => {
    const directory = temporaryDirectory();
    directories.push(directory);
    const settings = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, ...env };
    const service = await startHere(settings, (line) => lines.push(line));
    running.push(service);
    return service;
  };
  const status = async (url: string) => (await fetch(url)).status;
  const logged = (text: string) => lines.filter((line) => line.includes(text)).map((line) => JSON.parse(line));

  beforeEach(() => {
    directories = [];
    running = [];
    lines = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((service) => service.stop(0)));
    for (const directory of directories) directory.remove();
  });

  it('say where operators look', async () => {
    const port = String(await lastingPort());
    await start({ OPERATIONS_HOST: '127.0.0.2', OPERATIONS_PORT: port });
    expect(logged('"listening"')[0]).to.include({ operations_host: '127.0.0.2', operations_port: Number(port) });
    expect(await status(`http://127.0.0.2:${port}/metrics`)).to.equal(200);
    expect(logged('not loopback')).to.deep.equal([]);
  });

  it('are 127.0.0.1 and 3001 unless they are set', async () => {
    // Somebody may have taken it: then it says which it was.
    const failure = await start({ OPERATIONS_PORT: '' }).then(() => null, String);
    if (failure === null) {
      expect(logged('"listening"')[0]).to.include({ operations_host: '127.0.0.1', operations_port: 3001 });
    } else {
      expect(failure).to.match(/OPERATIONS_HOST 127\.0\.0\.1 and OPERATIONS_PORT 3001 cannot be listened on/);
    }
  });

  it('with 0 take any free port, so that many may run', async () => {
    const urls = (await Promise.all([start(), start()])).map(({ operationsUrl }) => operationsUrl);
    expect(new Set(urls).size).to.equal(2);
    for (const url of urls) await until('it has started', async () => (await status(`${url}/livez`)) === 200);
  });

  it('with off are not listened on at all', async () => {
    const { url, stop } = await start({ OPERATIONS_PORT: 'off', OPERATIONS_HOST: 'no such host' });
    expect(logged('"listening"')[0]).to.include({ operations_port: 'off' }).and.not.have.property('operations_host');
    await until('it is ready', async () => (await status(`${url}/readyz`)) === 200);
    expect(await status(`${url}/metrics`)).to.equal(404);
    await stop(0);
  });

  it('that are taken stop the start with a message that names them and what to set', async () => {
    const taken = new URL((await start()).operationsUrl).port;
    lines = [];
    const { message } = await rejectionOf(start({ OPERATIONS_PORT: taken }));
    expect(message).to.match(
      new RegExp(
        `OPERATIONS_HOST 127\\.0\\.0\\.1 and OPERATIONS_PORT ${taken} .*in use.*another OPERATIONS_PORT .*off`,
      ),
    );
    expect(logged('"listening"')).to.deep.equal([]);
  });

  it('that are no address of this machine are said to be so', async () => {
    const { message } = await rejectionOf(start({ OPERATIONS_HOST: '192.0.2.1' }));
    expect(message).to.match(/OPERATIONS_HOST 192\.0\.2\.1 .*no such address; set another OPERATIONS_HOST/);
  });

  it('that others than this machine reach are warned of', async () => {
    await start({ OPERATIONS_HOST: '0.0.0.0' });
    const [warning, ...more] = logged('not loopback');
    expect(warning).to.include({ level: 40, operations_host: '0.0.0.0' });
    expect(more).to.deep.equal([]);
  });

  it('are told in development, below the line to paste', async () => {
    const service = await start();
    expect(announce(service)).to.include(`For operators: ${service.operationsUrl}/readyz?verbose and /metrics\n`);
  });

  it('has the facts that docs/operating.md names, in their order', async () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const { operationsUrl: url } = await start();
    const [, members = ''] = /^\| Member .*?\n.*?\n(.*?)\n\n/ms.exec(page) ?? [];
    const documented = Array.from(members.matchAll(/^\| `(\w+)`/gm), ([, name]) => name);
    const readiness = (await (await fetch(`${url}/readyz?verbose`)).json()) as object;
    expect(documented).to.deep.equal(Object.keys(readiness));
  });

  it('who scrapes there and does not go does not keep the service from its end', async () => {
    const service = await start();
    const sockets = ['', 'GET /metrics HTTP/1.1\r\n', 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500)].map(
      (text) => {
        const socket = connect(Number(new URL(service.operationsUrl).port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write(text);
        return socket;
      },
    );
    // The others send nothing that is answered, and this one does not read it.
    await once(sockets[2] as (typeof sockets)[0], 'readable');
    // Callers have longer than a test may take.
    await service.stop(60_000);
    for (const socket of sockets) socket.destroy();
  });
});
