import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { kill, listening, listeningForOperators, startProcess, type TestProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { type EmbeddedData, embeddedData } from './embedded-data.ts';

describe('npx imports check and status', () => {
  let data: EmbeddedData;
  const running: TestProcess[] = [];

  beforeEach(async () => {
    data = embeddedData();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    await data.project();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => kill(service, 'SIGKILL')));
    data.remove();
  });

  const anyDisk = ['--disk-warning', '0', '--disk-critical', '0'];
  const check = (...args: string[]) => imports(data.env, 'check', ...args);
  const withoutService = (...args: string[]) => check('--no-service', ...anyDisk, ...args);
  const startReady = async (env = data.env) => {
    const service = startProcess({ ...env, PORT: '0' });
    running.push(service);
    const url = await listening(service);
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
    return { service, url, operationsUrl: await listeningForOperators(service) };
  };
  const importedAgo = (seconds: number) => {
    const occurred_at = new Date(Date.now() - 1000 * seconds).toISOString();
    return data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED, { occurred_at }));
  };

  it('are OK while the service runs, and critical once it does not', async () => {
    const { service, operationsUrl: url } = await startReady();
    const well = await check('--url', url, ...anyDisk);
    expect(well).to.include({ code: 0, stderr: '' });
    expect(well.stdout, well.stdout).to.match(
      /^OK - lag 0 s [^|\n]*\|lag=0s;10;60;0 quarantine=0;0;100;0 heartbeat=[\d.]+s;5;10;0 disk=[\d.]+%;0:;0:;0;100\n$/,
    );
    const status = await imports(data.env, 'status', '--url', url);
    expect(status.code).to.equal(0);
    expect(status.stdout).to.match(/^heartbeat +OK +heartbeat [\d.]+ s ago$/m);
    await kill(service, 'SIGKILL');
    const gone = await check('--url', url);
    expect(gone.code).to.equal(2);
    expect(gone.stdout).to.match(/^CRITICAL - no service answers at http:.*ECONNREFUSED.*\n$/);
  });

  it('look where OPERATIONS_HOST and OPERATIONS_PORT say, without a URL', async () => {
    const env = { ...data.env, OPERATIONS_HOST: '0.0.0.0', OPERATIONS_PORT: String(await lastingPort()) };
    const { service } = await startReady(env);
    const ended = await imports(env, 'status', '--json');
    await kill(service, 'SIGKILL');
    const { parts } = JSON.parse(ended.stdout) as { parts: { name: string; value: number }[] };
    expect(parts.find(({ name }) => name === 'heartbeat')).to.include({ status: 'OK', unit: 's' });
  });

  it('do not take the service of another installation for their own', async () => {
    const other = embeddedData();
    await other.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    const { service, operationsUrl } = await startReady(other.env);
    const ended = await check('--url', operationsUrl, ...anyDisk);
    await kill(service, 'SIGKILL');
    other.remove();
    expect(ended.code).to.equal(2);
    expect(ended.stdout).to.match(
      /^CRITICAL - the service at \S+ is another installation's \(log \S+, not log \S+\): give the --url/,
    );
  });

  it('are told yes or no by the listener for callers, and no heartbeat', async () => {
    const { service, url } = await startReady();
    const [well, status] = [await check('--url', url, ...anyDisk), await imports(data.env, 'status', '--url', url)];
    await kill(service, 'SIGKILL');
    expect(well).to.include({ code: 0, stderr: '' });
    expect(well.stdout)
      .to.match(/, the service is ready, /)
      .and.not.match(/heartbeat/);
    expect(status.stdout).to.match(/^heartbeat +OK +the service is ready$/m);
  });

  it('are told no by the listener for callers, and where the reason is', async () => {
    const server = createServer((_, answer) => answer.writeHead(503).end('{"status":"not ready"}')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const warned = await check('--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...anyDisk);
    server.close();
    expect(warned.code).to.equal(1);
    expect(warned.stdout).to.match(/^WARNING - not ready: its operations listener says why, /);
  });

  for (const [OPERATIONS_PORT, says] of [
    ['off', /OPERATIONS_PORT is off, .*set a port, or give --url or --no-service/],
    ['0', /OPERATIONS_PORT is 0, any free one: set another, or give --url or --no-service/],
  ] as const) {
    it(`say what to do where OPERATIONS_PORT is ${OPERATIONS_PORT} and no URL is given`, async () => {
      const env = { ...data.env, OPERATIONS_PORT };
      const [checked, status] = [await imports(env, 'check'), await imports(env, 'status')];
      expect([checked.code, status.code]).to.deep.equal([3, 1]);
      expect(checked.stdout).to.match(says);
      expect(status.stderr).to.match(says);
      expect((await imports(env, 'check', '--no-service', ...anyDisk)).code).to.equal(0);
    });
  }

  it('measure the lag in the stores, with no service', async () => {
    expect((await withoutService()).code).to.equal(0);
    await importedAgo(30);
    const late = await withoutService();
    expect(late.code).to.equal(1);
    expect(late.stdout).to.match(/^WARNING - lag 3\d s \(at position 1 of 2\), .*\|lag=3\d(\.\d+)?s;10;60;0 /);
    expect((await withoutService('--lag-critical', '20')).code).to.equal(2);
    await data.project();
    expect((await withoutService()).code).to.equal(0);
  });

  it('warn of events set aside', async () => {
    await data.append(`import-${newId()}`, newEvent({ type: 'ImportExploded', data: {} }));
    await data.project();
    const warned = await withoutService();
    expect(warned.code).to.equal(1);
    expect(warned.stdout).to.match(/^WARNING - 1 event in quarantine, .* quarantine=1;0;100;0 /);
    expect((await withoutService('--quarantine-warning', '1')).code).to.equal(0);
  });

  it('go by the free space of the disk', async () => {
    const ended = await check('--no-service', '--disk-warning', '101', '--disk-critical', '101');
    expect(ended.code).to.equal(2);
    expect(ended.stdout).to.match(/^CRITICAL - \d+ % of the disk free \([\d.]+ GB at /);
  });

  it('are told apart for programs', async () => {
    const { stdout, code } = await imports(data.env, 'status', '--no-service', '--json');
    const status = JSON.parse(stdout) as { parts: { name: string; value: number }[] };
    expect(code).to.equal(0);
    expect(status.parts.map(({ name }) => name)).to.deep.equal(['lag', 'quarantine', 'disk']);
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

  it('check is critical where a store is away, and says which; status ends with 7', async () => {
    const env = { ...data.env, EVENTSTORE_URL: 'esdb://127.0.0.1:9?tls=false' };
    const [checked, status] = await Promise.all([
      imports(env, 'check', '--no-service'),
      imports(env, 'status', '--no-service'),
    ]);
    expect(checked).to.include({ code: 2, stderr: '' });
    expect(checked.stdout).to.match(/^CRITICAL - The event log is unavailable: .*\n$/);
    expect(status).to.include({ code: 7, stderr: '' });
    expect(status.stdout).to.match(/^stores +CRITICAL +The event log is unavailable/m);
    expect(status.stdout).to.match(/^disk +/m);
  });

  it('have help with an example, which is no state', async () => {
    const ended = await check('--help');
    expect(ended.code).to.equal(0);
    expect(ended.stdout).to.match(/Examples:\n {2}npx imports check/);
  });
});
