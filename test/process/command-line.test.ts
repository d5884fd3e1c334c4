import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { imports, kill, listening, startProcess, type TestProcess } from '../support/process.ts';
import { JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

describe('npx imports', () => {
  const directory = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: '0' };
  let service: TestProcess;
  let url: string;

  const status = async (token: string) =>
    (await fetch(`${url}/api/v1/imports`, { headers: { Authorization: `Token ${token}` } })).status;
  /** Within a second, as promised. */
  const becomes = (token: string, expected: number) =>
    until(`the token gives ${expected}`, async () => (await status(token)) === expected, 1_000);

  before(async () => {
    service = startProcess(env);
    url = await listening(service);
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
  });

  after(async () => {
    await kill(service, 'SIGKILL');
    directory.remove();
  });

  it('adds, lists and removes users while the service runs, and that takes effect within a second', async () => {
    const added = await imports(
      env,
      'users',
      'add',
      '--user',
      USER,
      '--organization',
      ORGANIZATION,
      '--role',
      'operator',
    );
    expect(added).to.include({ code: 0, stdout: `${USER}\n` });
    const token = (await imports(env, 'token', '--user', USER)).stdout.trim();
    await becomes(token, 200);
    const [line] = (await imports(env, 'users', 'list', '--json')).stdout.trim().split('\n');
    expect(JSON.parse(line ?? '')).to.include({
      id: USER,
      organization_id: ORGANIZATION,
      role: 'operator',
      removed_at: null,
    });
    expect(await imports(env, 'users', 'remove', '--user', USER, '--yes')).to.include({ code: 0, stdout: '' });
    await becomes(token, 401);
  });

  it('makes up the id of a user who is added without one', async () => {
    const { stdout } = await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    expect(stdout).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/);
  });

  it('issues secrets, shows each once, and revokes them while the service runs', async () => {
    const added = await imports(env, 'secrets', 'add', '--organization', ORGANIZATION, '--json');
    const { id, secret } = JSON.parse(added.stdout) as { id: string; secret: string };
    expect(Object.keys(JSON.parse(added.stdout))).to.deep.equal(['id', 'secret']);
    const token = jwt.sign({ iss: id, admin: true }, secret);
    await becomes(token, 200);
    expect((await imports(env, 'secrets', 'list')).stdout)
      .to.contain(id)
      .and.not.contain(secret);
    expect((await imports(env, 'secrets', 'revoke', id, '--yes')).code).to.equal(0);
    await becomes(token, 401);
  });

  it('prints a session token alone, which lasts as long as was asked', async () => {
    const { stdout } = await imports(env, 'token', '--user', USER, '--expires-in', '60');
    const { exp = 0, iat = 0 } = jwt.verify(stdout.trim(), JWT_SECRET) as jwt.JwtPayload;
    expect(stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(exp - iat).to.equal(60);
  });

  it('writes data to standard output and words to standard error', async () => {
    const { stdout, stderr } = await imports(env, 'secrets', 'add', '--organization', ORGANIZATION);
    expect(stdout).to.match(/^[0-9a-f-]{36}\t[\w-]{43}\n$/);
    expect(stderr).to.match(/not shown again/);
  });

  for (const [what, args, code, says] of [
    ['help that was asked for', ['--help'], 0, /^$/],
    ['no command', [], 2, /Usage/],
    ['an unknown command', ['frobnicate'], 2, /unknown command/],
    ['an unknown option', ['users', 'list', '--frobnicate'], 2, /unknown option/],
    ['a missing option', ['users', 'add'], 2, /--organization/],
    ['an id that is no UUID', ['token', '--user', 'root'], 2, /must be a UUID/],
    ['an unknown role', ['users', 'add', '--organization', ORGANIZATION, '--role', 'king'], 2, /Allowed choices/],
    ['no id to remove', ['users', 'remove'], 2, /an id is missing/],
    ['a time to live that is none', ['token', '--user', USER, '--expires-in', '0'], 2, /whole number of seconds/],
    [
      'a user who was never registered',
      ['users', 'remove', '--yes', '00000000-0000-4000-8000-000000000000'],
      4,
      /No such user was ever registered/,
    ],
    [
      'a secret that was never issued',
      ['secrets', 'revoke', '--yes', '00000000-0000-4000-8000-000000000000'],
      4,
      /No such secret was ever issued/,
    ],
  ] as const) {
    it(`ends with ${code} for ${what}, and says why`, async () => {
      const ended = await imports(env, ...args);
      expect(ended.code).to.equal(code);
      expect(ended.stderr).to.match(says);
      expect(ended.stderr).to.not.match(/^ {4}at /m);
    });
  }

  it('ends with 1 and one message when the configuration is wrong', async () => {
    const ended = await imports({ NODE_ENV: 'production', DATA_DIR: directory.path }, 'users', 'list');
    expect(ended).to.include({ code: 1, stdout: '' });
    expect(ended.stderr).to.match(/JWT_SECRET is required/);
  });
});
