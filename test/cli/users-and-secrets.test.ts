import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { newId } from '../../src/events/new-id.ts';
import { imports, runImports } from '../support/imports.ts';
import { JWT_SECRET, ORGANIZATION, startTestService, type TestService, USER } from '../support/service.ts';
import { until } from '../support/until.ts';

describe('npx imports users, secrets and token', () => {
  let service: TestService;
  let env: NodeJS.ProcessEnv;
  const run = (...args: string[]) => imports(env, ...args);
  const signing = (...args: string[]) => imports({ ...env, JWT_SECRET }, ...args);
  const add = async () => (await run('users', 'add', '--organization', ORGANIZATION)).stdout.trim();

  before(async () => {
    service = await startTestService();
    env = { NODE_ENV: 'production', DATA_DIR: service.dataDir };
  });

  after(() => service.stop());

  /** Within a second, as promised. */
  const becomes = (token: string, expected: number) =>
    until(
      `the token gives ${expected}`,
      async () => {
        const headers = { Authorization: `Token ${token}` };
        return (await fetch(`${service.url}/api/v1/imports`, { headers })).status === expected;
      },
      1_000,
    );

  it('adds, lists and removes users while the service runs, and that takes effect within a second', async () => {
    const user = newId();
    const role = ['--role', 'operator'];
    const added = await run('users', 'add', '--user', user, '--organization', ORGANIZATION, ...role);
    expect(added).to.include({ code: 0, stdout: `${user}\n` });
    const token = (await signing('token', '--user', user)).stdout.trim();
    await becomes(token, 200);
    const lines = (await run('users', 'list', '--json')).stdout.trimEnd().split('\n');
    const expected = { id: user, organization_id: ORGANIZATION, role: 'operator', removed_at: null };
    expect(lines.map((line) => JSON.parse(line)).find(({ id }) => id === user)).to.include(expected);
    expect(await run('users', 'remove', '--user', user, '--yes')).to.include({ code: 0, stdout: '' });
    await becomes(token, 401);
  });

  it('registers workers', async () => {
    const { stdout } = await run('users', 'add', '--organization', ORGANIZATION, '--role', 'worker', '--json');
    const added = JSON.parse(stdout);
    expect(added).to.include({ organization_id: ORGANIZATION, role: 'worker' });
    expect((await run('users', 'list')).stdout).to.match(new RegExp(`^${added.id}\\t${ORGANIZATION}\\tworker\\t`, 'm'));
  });

  it('issues secrets, shows each once, and revokes them while the service runs', async () => {
    const added = await signing('secrets', 'add', '--organization', ORGANIZATION, '--json');
    const { id, secret, ...others } = JSON.parse(added.stdout) as { id: string; secret: string };
    expect(others).to.deep.equal({});
    const token = jwt.sign({ iss: id, admin: true }, secret);
    await becomes(token, 200);
    expect((await run('secrets', 'list')).stdout)
      .to.contain(id)
      .and.not.contain(secret);
    expect((await run('secrets', 'revoke', id, '--yes')).code).to.equal(0);
    await becomes(token, 401);
  });

  it('writes data to standard output and words to standard error', async () => {
    const { stdout, stderr } = await signing('secrets', 'add', '--organization', ORGANIZATION);
    expect(stdout).to.match(/^[0-9a-f-]{36}\t[\w-]{43}\n$/);
    expect(stderr).to.match(/not shown again/);
  });

  it('prints a session token alone, which lasts as long as was asked', async () => {
    const user = await add();
    for (const [asked, seconds] of [
      ['60', 60],
      ['90m', 5_400],
      ['2d', 172_800],
    ] as const) {
      const { stdout } = await signing('token', '--user', user, '--expires-in', asked);
      expect(stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      const { exp = 0, iat = 0 } = jwt.verify(stdout.trim(), JWT_SECRET) as jwt.JwtPayload;
      expect(exp - iat).to.equal(seconds);
    }
    const json = JSON.parse((await signing('token', '--user', user, '--json')).stdout);
    expect(jwt.verify(json.token, JWT_SECRET)).to.have.property('iat');
  });

  it('prints no token that would not be accepted, unless told to', async () => {
    const removed = await add();
    await run('users', 'remove', removed, '--yes');
    for (const [user, says] of [
      [newId(), /was never registered.*--unregistered/],
      [removed, /was removed at /],
    ] as const) {
      const refused = await signing('token', '--user', user);
      expect(refused).to.include({ code: 4, stdout: '' });
      expect(refused.stderr).to.match(says);
      const told = await signing('token', '--user', user, '--unregistered');
      expect(told.code).to.equal(0);
      expect(jwt.verify(told.stdout.trim(), JWT_SECRET)).to.have.property('user_id', user);
    }
    const elsewhere = { ...env, JWT_SECRET, DATA_DIR: join(service.dataDir, 'nowhere') };
    expect((await imports(elsewhere, 'token', '--user', USER)).code).to.equal(7);
    expect(existsSync(elsewhere.DATA_DIR)).to.equal(false);
  });

  it('needs JWT_SECRET for what signs, and for nothing else', async () => {
    for (const args of [
      ['token', '--user', USER],
      ['secrets', 'add', '--organization', ORGANIZATION],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/JWT_SECRET is required/);
    }
    expect((await run('verify', '--all')).code).to.equal(0);
  });

  it('asks at a terminal before it ends what a user may do, and does it after a yes alone', async () => {
    const user = await add();
    const ask = async (answer: string | null) => {
      const asked = runImports(env, ['users', 'remove', user], { isAtTerminal: true });
      await until('it asks', () => asked.stderr().endsWith('[y/N] '));
      if (answer === null) asked.interrupt();
      else asked.stdin.write(answer);
      return asked.ended;
    };
    const isRemoved = async () => (await signing('token', '--user', user)).code === 4;
    for (const [answer, code, says] of [
      ['n\n', 1, /Nothing was changed\.\n$/],
      [null, 130, /Interrupted\. Nothing was changed\.\n$/],
    ] as const) {
      const refused = await ask(answer);
      expect(refused.code).to.equal(code);
      expect(refused.stderr).to.match(says);
      expect(await isRemoved()).to.equal(false);
    }
    expect((await ask('y\n')).code).to.equal(0);
    expect(await isRemoved()).to.equal(true);
  });
});
