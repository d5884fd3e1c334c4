import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect } from 'chai';
import { imports } from '../support/imports.ts';
import { kill, listening, startProcess, type TestProcess } from '../support/process.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { type temporaryDirectory as Directory, temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

/** The real process in production, from its start to every kind of end. */
describe('the process', () => {
  let directory: ReturnType<typeof Directory>;
  let env: NodeJS.ProcessEnv;
  let service: TestProcess;
  let url: string;
  let token: string;

  const start = async () => {
    service = startProcess(env);
    url = await listening(service);
  };
  const request = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), { ...init, headers: { Authorization: `Token token="${token}"`, ...init.headers } });
  const post = (body = DOCUMENT_BODY) =>
    request('/api/v1/imports', {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });

  beforeEach(async () => {
    directory = temporaryDirectory();
    env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0' };
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    token = (await imports(env, 'token', '--user', USER)).stdout.trim();
    await start();
  });

  afterEach(async () => {
    await kill(service, 'SIGKILL');
    directory.remove();
  });

  it('killed again and again under load loses nothing that it acknowledged, and answers the same as before', async function () {
    this.timeout(60_000);
    /** What each POST was answered. */
    const acknowledged: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      let running = true;
      const callers = Array.from({ length: 8 }, async () => {
        while (running) {
          const answer = await post().catch(() => null);
          if (answer?.status !== 200) return;
          const text = await answer.text().catch(() => null);
          if (text !== null) acknowledged.push(text);
        }
      });
      const goal = acknowledged.length + 50;
      await until('more are acknowledged', () => acknowledged.length >= goal);
      await kill(service, 'SIGKILL');
      running = false;
      await Promise.all(callers);
      await start();
    }
    await until('the views are level', async () => (await request('/readyz')).status === 200);
    const found: string[] = [];
    let path: string | null = '/api/v1/imports?limit=500';
    while (path !== null) {
      const answer: Response = await request(path);
      found.push(...((await answer.json()) as object[]).map((one) => JSON.stringify(one)));
      path = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(found).to.include.members(acknowledged);
  });

  it('told to stop finishes what is under way, takes nothing more, and ends with 0', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(
      `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${token}\r\nContent-Length: 10\r\n` +
        'Content-Type: application/x-www-form-urlencoded\r\n\r\nalbum',
    );
    await post();
    service.child.kill('SIGTERM');
    await until('nobody new gets in', () =>
      request('/livez')
        .then(() => false)
        .catch(() => true),
    );
    socket.write('_id=a');
    const { code, stdout } = await service.ended();
    expect(code).to.equal(0);
    expect(answer).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).to.match(/\r\nConnection: close\r\n/);
    expect(stdout).to.match(/"msg":"stopped"/);
  });

  it('told to stop while it waits for a store at its start ends with 0 at once', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    const asked = once(silent, 'connection');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const starting = startProcess({ ...env, MONGODB_URL: `mongodb://127.0.0.1:${port}/imports` });
    try {
      await asked;
      const { code, stdout, stderr } = await kill(starting, 'SIGTERM');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/"msg":"stopped"/);
    } finally {
      await kill(starting, 'SIGKILL');
      silent.close();
    }
  });

  // Later than after ten seconds it would end with 1.
  it('told to stop while a caller dawdles ends with 0 all the same', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${token}\r\nContent-Length: 10\r\n\r\n`,
    );
    await post();
    const { code } = await kill(service, 'SIGTERM');
    expect(code).to.equal(0);
  });

  it('writes no token, no secret and no Authorization into its log', async () => {
    const secret = JSON.parse((await imports(env, 'secrets', 'add', '--organization', ORGANIZATION, '--json')).stdout);
    await post();
    await post(`token=${token}&password=hunter2`);
    await request(`/api/v1/imports?access_token=${token}`);
    await request('/api/v1/imports', { headers: { Authorization: `Token ${secret.secret}` } });
    const { stdout, stderr } = await kill(service, 'SIGTERM');
    const written = stdout + stderr;
    expect(written).to.match(/"status":200/);
    for (const hidden of [
      token.split('.')[2],
      token.split('.')[1],
      secret.secret,
      JWT_SECRET,
      'hunter2',
      'Authorization',
    ]) {
      expect(written).to.not.contain(hidden);
    }
  });
});
