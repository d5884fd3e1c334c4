import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { parse } from 'yaml';
import { lastingPort } from '../support/lasting-port.ts';
import { kill, listening, listeningForOperators, startProcess, type TestProcess } from '../support/process.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('OPERATIONS_HOST and OPERATIONS_PORT', () => {
  let directories: ReturnType<typeof temporaryDirectory>[];
  let running: TestProcess[];

  const start = (env: NodeJS.ProcessEnv = {}) => {
    const directory = temporaryDirectory();
    directories.push(directory);
    const service = startProcess({ NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0', ...env });
    running.push(service);
    return service;
  };
  const status = async (url: string) => (await fetch(url)).status;
  /** The line that is logged once it listens. */
  const line = async (service: TestProcess) => {
    await listening(service);
    const lines = service
      .stdout()
      .split('\n')
      .filter((text) => text.includes('"msg":"listening"'));
    return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
  };
  const warnings = (service: TestProcess) =>
    service
      .stdout()
      .split('\n')
      .filter((text) => text.includes('not loopback'));

  beforeEach(() => {
    directories = [];
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((service) => kill(service, 'SIGKILL')));
    for (const directory of directories) directory.remove();
  });

  it('say where operators look', async () => {
    const port = String(await lastingPort());
    const service = start({ OPERATIONS_HOST: '127.0.0.2', OPERATIONS_PORT: port });
    expect(await line(service)).to.include({ operations_host: '127.0.0.2', operations_port: Number(port) });
    expect(await status(`http://127.0.0.2:${port}/metrics`)).to.equal(200);
    expect(warnings(service)).to.deep.equal([]);
  });

  it('are 127.0.0.1 and 3001 unless they are set', async () => {
    // Somebody may have taken it: then it says which it was.
    const service = start({ OPERATIONS_PORT: '' });
    await until('it has listened or ended', () => service.stdout().includes('"listening"') || service.stderr() !== '');
    if (service.stderr() === '') {
      expect(await line(service)).to.include({ operations_host: '127.0.0.1', operations_port: 3001 });
    } else {
      expect(service.stderr()).to.match(/OPERATIONS_HOST 127\.0\.0\.1 and OPERATIONS_PORT 3001 cannot be listened on/);
    }
  });

  it('with 0 take any free port, so that many may run', async () => {
    const urls = await Promise.all([start(), start()].map(listeningForOperators));
    expect(new Set(urls).size).to.equal(2);
    for (const url of urls) expect(await status(`${url}/livez`)).to.equal(200);
  });

  it('with off are not listened on at all', async () => {
    const service = start({ OPERATIONS_PORT: 'off', OPERATIONS_HOST: 'no such host' });
    expect(await line(service))
      .to.include({ operations_port: 'off' })
      .and.not.have.property('operations_host');
    const url = await listening(service);
    await until('it is ready', async () => (await status(`${url}/readyz`)) === 200);
    expect(await status(`${url}/metrics`)).to.equal(404);
    expect((await kill(service, 'SIGTERM')).code).to.equal(0);
  });

  it('that are taken stop the start with a message that names them and what to set', async () => {
    const taken = new URL(await listeningForOperators(start())).port;
    const port = String(await lastingPort());
    const { code, stdout, stderr } = await start({ PORT: port, OPERATIONS_PORT: taken }).ended();
    expect(code).to.equal(1);
    expect(stderr).to.match(
      new RegExp(
        `OPERATIONS_HOST 127\\.0\\.0\\.1 and OPERATIONS_PORT ${taken} .*in use.*another OPERATIONS_PORT .*off`,
      ),
    );
    expect(stderr).to.not.match(/^ {4}at /m);
    expect(stdout).to.not.include('listening');
  });

  it('that are no address of this machine are said to be so', async () => {
    const { code, stderr } = await start({ OPERATIONS_HOST: '192.0.2.1' }).ended();
    expect(code).to.equal(1);
    expect(stderr).to.match(/OPERATIONS_HOST 192\.0\.2\.1 .*no such address; set another OPERATIONS_HOST/);
  });

  it('that others than this machine reach are warned of', async () => {
    const service = start({ OPERATIONS_HOST: '0.0.0.0' });
    await listening(service);
    const [warning = '{}', ...more] = await until('it warns', () => {
      const said = warnings(service);
      return said.length > 0 && said;
    });
    expect(JSON.parse(warning)).to.include({ level: 40, operations_host: '0.0.0.0' });
    expect(more).to.deep.equal([]);
  });

  it('are told in development, below the line to paste', async () => {
    const service = start({ NODE_ENV: 'development', JWT_SECRET: '' });
    const url = await listeningForOperators(service);
    await until('it says so', () => service.stdout().includes(`For operators: ${url}/readyz?verbose and /metrics\n`));
  });

  it('are where docs/operating.md says that facts and measurements are, by the names that it has', async () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const url = await listeningForOperators(start());
    const [, members = ''] = /^\| Member .*?\n.*?\n(.*?)\n\n/ms.exec(page) ?? [];
    const documented = Array.from(members.matchAll(/^\| `(\w+)`/gm), ([, name]) => name);
    const readiness = (await (await fetch(`${url}/readyz?verbose`)).json()) as object;
    expect(documented).to.deep.equal(Object.keys(readiness));

    const examples = Array.from(page.matchAll(/^```yaml\n(.*?)^```/gms), ([, text = '']) => parse(text));
    const rules = examples.flatMap(({ groups = [] }) =>
      groups.flatMap((group: { rules: { expr: string }[] }) => group.rules),
    );
    expect(rules).to.have.length.above(5);
    // What is left of an expression without labels, ranges and PromQL's own words.
    const names = new Set(
      rules.flatMap(({ expr }) => expr.replace(/\{.*?\}|\[.*?\]|by \(\w+\)/g, '').match(/[a-z_]{4,}/g) ?? []),
    );
    for (const name of ['rate', 'increase']) names.delete(name);
    const measured = await (await fetch(`${url}/metrics`)).text();
    expect([...names].filter((name) => !measured.includes(`# HELP ${name} `))).to.deep.equal([]);
    expect(names).to.include('log_lines_dropped_total');
  });

  it('who scrapes there and does not go does not keep SIGTERM from ending the process with 0, in time', async () => {
    const service = start();
    const { port } = new URL(await listeningForOperators(service));
    const sockets = ['', 'GET /metrics HTTP/1.1\r\n', 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500)].map(
      (text) => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write(text);
        return socket;
      },
    );
    // The others send nothing that is answered, and this one does not read it.
    await once(sockets[2] as (typeof sockets)[0], 'readable');
    const toldAt = performance.now();
    const { code, stdout } = await kill(service, 'SIGTERM');
    expect([code, stdout.includes('"msg":"stopped"')]).to.deep.equal([0, true]);
    expect(performance.now() - toldAt).to.be.below(10_000);
    for (const socket of sockets) socket.destroy();
  });
});
