import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { imports } from '../support/imports.ts';
import { kill, listening, listeningForOperators, startProcess, type TestProcess } from '../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { type StartedHere, startHere } from '../support/start-here.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('a failing disk', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let env: NodeJS.ProcessEnv;
  let here: StartedHere | null;
  let lines: string[];
  let service: TestProcess | null;
  let url: string;
  let operationsUrl: string;
  let token: string;

  const post = () =>
    fetch(`${url}/api/v1/imports`, {
      method: 'POST',
      body: DOCUMENT_BODY,
      headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  const get = (path: string) => fetch(`${url}${path}`, { headers: { Authorization: `Token ${token}` } });
  const isReady = () => until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
  const start = async () => {
    here = await startHere(env, (line) => lines.push(line));
    ({ url, operationsUrl } = here);
    await isReady();
  };
  const stop = async () => {
    await here?.stop(0);
    here = null;
  };
  /** In a process of its own, which may write no larger files. */
  const startLimited = async (limitKiB: number) => {
    service = startProcess(env, limitKiB);
    url = await listening(service);
    operationsUrl = await listeningForOperators(service);
    await isReady();
  };

  beforeEach(async () => {
    [here, lines, service] = [null, [], null];
    directory = temporaryDirectory();
    env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0' };
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    token = (await imports(env, 'token', '--user', USER)).stdout.trim();
  });

  afterEach(async () => {
    await stop();
    if (service !== null) await kill(service, 'SIGKILL');
    directory.remove();
  });

  /** What `/readyz` says, asked for until it is or is not ready. */
  const readiness = (isReady: boolean) =>
    until(isReady ? 'it is ready' : 'it is not ready', async () => {
      const answer = await fetch(`${operationsUrl}/readyz`);
      return (answer.status === 200) === isReady ? ((await answer.json()) as { log: string }) : null;
    });
  const logUp = async () => /^imports_log_up (\d)$/m.exec(await (await fetch(`${operationsUrl}/metrics`)).text())?.[1];

  it('that is full refuses POSTs and makes the service not ready, though reads go on, until there is space again', async function () {
    this.timeout(60_000);
    await startLimited(512);
    let last = '';
    let refused: Response | null = null;
    for (let number = 0; number < 3_000 && refused === null; number += 1) {
      const answer = await post();
      if (answer.status === 200) last = ((await answer.json()) as { id: string }).id;
      else refused = answer;
    }
    expect([refused?.status, refused?.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(await refused?.json()).to.include({ type: 'urn:import-api:problem:log-unavailable' });
    expect((await get(`/api/v1/imports/${last}`)).status).to.equal(200);
    expect((await fetch(`${url}/livez`)).status).to.equal(200);
    expect((await readiness(false)).log).to.match(/events\.db: /);
    expect(await logUp()).to.equal('0');
    // What tries it goes the way of an append: as long as the disk is full, it is not ready.
    for (let look = 0; look < 20; look += 1) expect((await fetch(`${url}/readyz`)).status).to.equal(503);
    execFileSync('prlimit', ['--pid', String(service?.child.pid), '--fsize=unlimited']);
    // Without another POST.
    await readiness(true);
    expect(await logUp()).to.equal('1');
    expect((await post()).status).to.equal(200);
  });

  it('that is full to the last byte ends the start with a message that says where to make room', async () => {
    await startLimited(100_000);
    await kill(service as TestProcess, 'SIGKILL');
    // No file can be written to.
    service = startProcess(env, 0);
    const { code, stderr } = await service.ended();
    expect(code).to.equal(1);
    expect(stderr).to.include(`no room is left in ${directory.path}: make room there`);
  });

  for (const [how, happen] of [
    ['removed', (file: string) => rmSync(file)],
    ['replaced by a copy', (file: string) => copyFileSync(file, `${file}.copy`)],
  ] as const) {
    it(`whose events.db is ${how} makes the service not ready, before anything is appended`, async () => {
      await start();
      const { id } = (await (await post()).json()) as { id: string };
      const file = join(directory.path, 'events.db');
      happen(file);
      if (existsSync(`${file}.copy`)) renameSync(`${file}.copy`, file);
      expect((await readiness(false)).log).to.match(/events\.db .* was removed or replaced: start the service again/);
      expect(await logUp()).to.equal('0');
      expect((await post()).status).to.equal(503);
      expect((await get(`/api/v1/imports/${id}`)).status).to.equal(200);
      for (let look = 0; look < 5; look += 1) await readiness(false);
    });
  }

  it('that lost the end of events.db while it was away makes the service stand still as damaged', async () => {
    await start();
    for (let number = 0; number < 4; number += 1) expect((await post()).status).to.equal(200);
    rmSync(join(directory.path, 'events.db-wal'));
    renameSync(directory.path, `${directory.path}.away`);
    expect((await post()).status).to.equal(503);
    // Now the connection that reads is closed, too.
    await until('the reads fail', async () => (await readiness(false)).log.includes('cannot be read'));
    renameSync(`${directory.path}.away`, directory.path);
    for (let number = 0; number < 3; number += 1) expect((await post()).status).to.equal(503);
    expect((await readiness(false)).log).to.match(/events\.db .*ends at position \d+, and this process has seen \d+/);
    expect(lines.join('')).to.match(/"level":40,[^\n]*ends at position/);
    expect((await get('/api/v1/imports')).status).to.equal(200);
  });

  it('that a damaged file of the views is said so, and the views are rebuilt', async () => {
    await start();
    const posted = await (await post()).text();
    await stop();
    writeFileSync(
      join(directory.path, VIEWS_FILE),
      'this is not a database, and long enough to be read as one'.repeat(100),
    );
    await start();
    await until('the list is there', async () => (await get('/api/v1/imports')).status === 200);
    expect(await (await get('/api/v1/imports')).text()).to.equal(`[${posted}]`);
    expect(lines.join('')).to.match(/views-\d+\.db.*damaged.*rebuilt/);
  });

  it('that left events.db overwritten in its middle stops the start with one message, and nothing is changed', async () => {
    await start();
    for (let number = 0; number < 20; number += 1) await post();
    await stop();
    const file = join(directory.path, 'events.db');
    const { size } = statSync(file);
    writeSync(openSync(file, 'r+'), Buffer.alloc(4_096, 0x55), 0, 4_096, Math.floor(size / 8_192) * 4_096);
    const before = readFileSync(file);
    const files = readdirSync(directory.path);
    service = startProcess(env);
    const { code, stderr } = await service.ended();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/events\.db|event log/)
      .and.match(/backup/)
      .and.not.match(/^ {4}at /m);
    expect(readFileSync(file).equals(before)).to.equal(true);
    expect(readdirSync(directory.path)).to.include.members(files);
  });
});
