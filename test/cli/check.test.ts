import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, UNREADABLE } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { startTestService, type TestService } from '../support/service.ts';

const ANY_DISK = ['--disk-warning', '0', '--disk-critical', '0'];
/** However busy this machine is. */
const ANY_HEARTBEAT = ['--heartbeat-warning', '1000', '--heartbeat-critical', '1000'];

describe('npx imports check and status, of a service', () => {
  let port: number;
  let service: TestService;
  let env: NodeJS.ProcessEnv;
  const check = (...args: string[]) => imports(env, 'check', ...ANY_DISK, ...ANY_HEARTBEAT, ...args);

  beforeEach(async () => {
    port = await lastingPort();
    service = await startTestService({ OPERATIONS_PORT: String(port) });
    env = { NODE_ENV: 'production', DATA_DIR: service.dataDir };
  });

  afterEach(() => service.stop());

  it('are OK while it runs, and critical once nothing answers', async () => {
    const well = await check('--url', service.operationsUrl);
    expect(well, well.stdout).to.include({ code: 0, stderr: '' });
    expect(well.stdout).to.match(
      /^OK - lag [\d.]+ s [^|\n]*\|lag=[\d.]+s;10;60;0 quarantine=0;0;100;0 imports=0s;3600;259200;0 heartbeat=[\d.]+s;1000;1000;0 webhooks=0;0;1000;0 disk=[\d.]+%;0:;0:;0;100\n$/,
    );
    const gone = await check('--url', `http://127.0.0.1:${await lastingPort()}`);
    expect(gone.code).to.equal(2);
    expect(gone.stdout).to.match(/^CRITICAL - no service answers at http:.*ECONNREFUSED.*\n$/);
  });

  it('look where OPERATIONS_HOST and OPERATIONS_PORT say, without a URL', async () => {
    const { stdout } = await imports({ ...env, OPERATIONS_PORT: String(port) }, 'status', '--json', ...ANY_HEARTBEAT);
    const { parts } = JSON.parse(stdout) as { parts: { name: string }[] };
    expect(parts.find(({ name }) => name === 'heartbeat')).to.include({ status: 'OK', unit: 's' });
  });

  it('do not take the service of another installation for their own', async () => {
    const other = embeddedData();
    await other.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    await other.project();
    const ended = await imports(other.env, 'check', '--url', service.operationsUrl);
    other.remove();
    expect(ended.code).to.equal(2);
    expect(ended.stdout).to.match(/^CRITICAL - the service at \S+ is another installation's \(log \S+, not log \S+\)/);
  });

  it('are told yes or no by the listener for callers, and no heartbeat', async () => {
    const [well, status] = [await check('--url', service.url), await imports(env, 'status', '--url', service.url)];
    expect(well).to.include({ code: 0, stderr: '' });
    expect(well.stdout).to.not.match(/heartbeat/);
    expect(status.stdout).to.match(/^heartbeat +OK +the service is ready$/m);
  });

  for (const [what, body, code, says] of [
    ['no, by the listener for callers', '{"status":"not ready"}', 1, /^WARNING - not ready: its operations listener/],
    ['less than an operator is told', '{"status":"ready","log":"ok"}', 2, /^CRITICAL - what answers at .* is not this/],
  ] as const) {
    it(`are told ${what}`, async () => {
      const server = createServer((_, answer) => answer.writeHead(503).end(body)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const ended = await check('--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      server.close();
      expect(ended.code).to.equal(code);
      expect(ended.stdout).to.match(says);
    });
  }
});

describe('npx imports check and status, of the stores', () => {
  let data: EmbeddedData;
  const check = (...args: string[]) => imports(data.env, 'check', '--no-service', ...ANY_DISK, ...args);

  beforeEach(async () => {
    data = embeddedData();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    await data.project();
  });

  afterEach(() => data.remove());

  for (const OPERATIONS_PORT of ['off', '0']) {
    it(`say what to do where OPERATIONS_PORT is ${OPERATIONS_PORT} and no URL is given`, async () => {
      const env = { ...data.env, OPERATIONS_PORT };
      const [checked, status] = [await imports(env, 'check'), await imports(env, 'status')];
      expect([checked.code, status.code]).to.deep.equal([3, 1]);
      for (const said of [checked.stdout, status.stderr]) {
        expect(said).to.match(new RegExp(`OPERATIONS_PORT is ${OPERATIONS_PORT}.*--url or --no-service`));
      }
      expect((await imports(env, 'check', '--no-service', ...ANY_DISK)).code).to.equal(0);
    });
  }

  it('measure the lag, with no service', async () => {
    expect((await check()).code).to.equal(0);
    const occurred_at = new Date(Date.now() - 30_000).toISOString();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED, { occurred_at }));
    const late = await check('--lag-critical', '1000');
    expect(late.code).to.equal(1);
    expect(late.stdout).to.match(/^WARNING - lag \d+ s \(at position 1 of 2\), .*\|lag=[\d.]+s;10;1000;0 /);
    expect((await check('--lag-critical', '20')).code).to.equal(2);
    await data.project();
    expect((await check()).code).to.equal(0);
  });

  it('warn of events in the quarantine', async () => {
    await data.append(`import-${newId()}`, newEvent(UNREADABLE));
    await data.project();
    const warned = await check();
    expect(warned.code).to.equal(1);
    expect(warned.stdout).to.match(/^WARNING - 1 event .* quarantine=1;0;100;0 /);
    expect((await check('--quarantine-warning', '1')).code).to.equal(0);
  });

  it('warn of imports that nobody has begun for longer than IMPORT_WAIT_WARNING_MINUTES', async () => {
    const occurred_at = new Date(Date.now() - 40 * 60_000).toISOString();
    const log = await data.with(async ({ id }) => id);
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED, { occurred_at, log }));
    await data.project();
    expect((await check()).code).to.equal(0);
    const warned = await imports(
      { ...data.env, IMPORT_WAIT_WARNING_MINUTES: '30' },
      'check',
      '--no-service',
      ...ANY_DISK,
    );
    expect(warned.code).to.equal(1);
    expect(warned.stdout).to.match(
      /^WARNING - imports: 1 wait \(none 1\), the oldest for 24\d\d s, 0 run, some of 1 organization could .* imports=24[\d.]+s;1800;259200;0 /,
    );
  });

  it('go by the free space of the disk', async () => {
    const ended = await check('--disk-warning', '101', '--disk-critical', '101');
    expect(ended.code).to.equal(2);
    expect(ended.stdout).to.match(/^CRITICAL - \d+ % of the disk free \([\d.]+ GB at /);
  });

  it('are told apart for programs', async () => {
    const { stdout, code } = await imports(data.env, 'status', '--no-service', '--json');
    const status = JSON.parse(stdout) as { parts: { name: string; value: number }[] };
    expect(code).to.equal(0);
    expect(status.parts.map(({ name }) => name)).to.deep.equal(['lag', 'quarantine', 'imports', 'backup', 'disk']);
    expect(status.parts[0]).to.include({ value: 0, unit: 's', status: 'OK' });
  });

  for (const [what, args, env] of [
    ['an unknown option', ['--frobnicate'], {}],
    ['a threshold that is no number', ['--lag-warning', 'much'], {}],
    ['an argument too many', ['now'], {}],
    ['a wrong configuration', [], { PORT: 'http' }],
  ] as const) {
    it(`check does not know what to say of ${what}, as a plugin says that`, async () => {
      const ended = await imports({ ...data.env, ...env }, 'check', ...args);
      expect(ended).to.include({ code: 3, stderr: '' });
      expect(ended.stdout).to.match(/^UNKNOWN - [^|\n]+\n$/);
    });
  }
});
