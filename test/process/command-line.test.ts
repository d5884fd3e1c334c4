import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { kill, listening, startImports, startProcess, type TestProcess } from '../support/process.ts';
import { JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { type EmbeddedData, embeddedData } from './embedded-data.ts';

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

  it('tells those who ask that there is no log where DATA_DIR is wrong, and makes none', async () => {
    const nowhere = join(directory.path, 'nowhere');
    const wrong = { ...env, DATA_DIR: nowhere };
    const asking = ['audit --request none', 'events', 'export', 'verify', 'quarantine list', 'users list', 'status'];
    const codes = await Promise.all(
      [...asking, 'replay --dry-run'].map(async (typed) => {
        const { code, stdout, stderr } = await imports(wrong, ...typed.split(' '));
        expect(stdout + stderr).to.include(`there is no events.db in ${nowhere}. Is DATA_DIR right?`);
        return code;
      }),
    );
    expect(new Set(codes)).to.deep.equal(new Set([7]));
    const checked = await imports(wrong, 'check', '--no-service');
    expect(checked).to.include({ code: 2 });
    expect(checked.stdout).to.match(/^CRITICAL - The event log is unavailable: there is no events\.db in /);
    expect(existsSync(nowhere)).to.equal(false);
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
    const [, user = ''] =
      /(\S+)\n/.exec((await imports(env, 'users', 'add', '--organization', ORGANIZATION)).stdout) ?? [];
    const { stdout } = await imports(env, 'token', '--user', user, '--expires-in', '60');
    const { exp = 0, iat = 0 } = jwt.verify(stdout.trim(), JWT_SECRET) as jwt.JwtPayload;
    expect(stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(exp - iat).to.equal(60);
    const json = JSON.parse((await imports(env, 'token', '--user', user, '--json')).stdout);
    expect(jwt.verify(json.token, JWT_SECRET)).to.have.property('iat');
  });

  it('prints no token that would not be accepted, unless told to', async () => {
    const { stdout: added } = await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    const removed = added.trim();
    await imports(env, 'users', 'remove', removed, '--yes');
    for (const [user, says] of [
      [
        '00000000-0000-4000-8000-000000000000',
        /was never registered, so a token would not be accepted\..*--unregistered/,
      ],
      [removed, /was removed at .*, so a token would not be accepted/],
    ] as const) {
      const refused = await imports(env, 'token', '--user', user);
      expect(refused).to.include({ code: 4, stdout: '' });
      expect(refused.stderr).to.match(says);
      const told = await imports(env, 'token', '--user', user, '--unregistered');
      expect(told).to.include({ code: 0 });
      expect(jwt.verify(told.stdout.trim(), JWT_SECRET)).to.have.property('user_id', user);
    }
    const elsewhere = { ...env, DATA_DIR: join(directory.path, 'nowhere') };
    expect((await imports(elsewhere, 'token', '--user', USER)).code).to.equal(7);
    expect(existsSync(elsewhere.DATA_DIR)).to.equal(false);
  });

  it('writes data to standard output and words to standard error', async () => {
    const { stdout, stderr } = await imports(env, 'secrets', 'add', '--organization', ORGANIZATION);
    expect(stdout).to.match(/^[0-9a-f-]{36}\t[\w-]{43}\n$/);
    expect(stderr).to.match(/not shown again/);
  });

  for (const [what, args, code, says] of [
    ['help that was asked for', ['--help'], 0, /^$/],
    ['help that was asked for by name', ['help', 'users'], 0, /^$/],
    ['no command', [], 2, /Usage/],
    ['an unknown command', ['frobnicate'], 2, /unknown command/],
    ['an unknown option', ['users', 'list', '--frobnicate'], 2, /unknown option/],
    ['a missing option', ['users', 'add'], 2, /--organization/],
    ['an id that is no UUID', ['token', '--user', 'root'], 2, /must be a UUID/],
    ['an unknown role', ['users', 'add', '--organization', ORGANIZATION, '--role', 'king'], 2, /Allowed choices/],
    ['a missing argument', ['show'], 2, /missing required argument/],
    ['an argument too many', ['users', 'list', 'all'], 2, /too many arguments/],
    ['a shell that it knows nothing of', ['completion', 'fish'], 2, /Allowed choices are bash, zsh/],
    ['a removal that nobody can be asked about', ['users', 'remove', USER], 2, /no terminal to ask at: add --yes/],
    ['a revocation that nobody can be asked about', ['secrets', 'revoke', USER], 2, /no terminal to ask at: add --yes/],
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

  it('tells its version, and prints a completion script, whatever the configuration', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const wrong = { PORT: 'none' };
    expect(await imports(wrong, '--version')).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
    const script = await imports(wrong, 'completion', 'bash');
    expect(script).to.include({ code: 0, stderr: '' });
    expect(script.stdout).to.match(/\ncomplete .* imports\n/);
  });

  it('ends in good order where nobody reads on, as with `| head`', async () => {
    for (const args of [['users', 'list'], ['--help']]) {
      const running = startImports(env, args);
      running.child.stdout?.destroy();
      expect(await running.ended()).to.include({ code: 0, stderr: '' });
    }
  });
});

/** Whether there is something here to make terminals with. */
function hasTerminal(): boolean {
  return spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
}

/** Runs the command line at a terminal of its own; `answer` is typed when it asks. */
async function atTerminal(env: NodeJS.ProcessEnv, command: string, answer = '') {
  const line = `${process.execPath} --disable-warning=ExperimentalWarning src/cli/imports.ts ${command}`;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    if (/\[y\/N\] $/.test(shown)) terminal.stdin.write(answer);
  });
  const [code] = await once(terminal, 'close');
  return { code, shown };
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

describe('npx imports at a terminal', () => {
  const directory = temporaryDirectory();
  const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path };
  const remove = (answer: string) => atTerminal(env, `users remove ${USER}`, answer);
  const isRemoved = async () => {
    const [user = ''] = (await imports(env, 'users', 'list', '--json')).stdout.split('\n');
    return JSON.parse(user).removed_at !== null;
  };

  before(async function () {
    if (!hasTerminal()) this.skip();
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
  });

  after(() => directory.remove());

  it('asks before it ends what a user may do, and does it after a yes alone', async () => {
    const refused = await remove('n\n');
    expect(refused.code).to.equal(1);
    expect(refused.shown).to.match(/^End what the tokens of user .* may do\? \[y\/N\] n\r\nNothing was changed\.\r\n$/);
    expect(await isRemoved()).to.equal(false);
    const interrupted = await remove('\x03');
    expect(interrupted.code).to.equal(130);
    expect(interrupted.shown).to.match(/Interrupted\. Nothing was changed\.\r\n$/);
    expect(await isRemoved()).to.equal(false);
    expect((await remove('y\n')).code).to.equal(0);
    expect(await isRemoved()).to.equal(true);
  });
});

describe('npx imports, of text that would drive a terminal', () => {
  const HOSTILE = 'a\x1b]0;owned\x07\x1b[2J\x9b31m\u202eb\nc';
  const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';
  let data: EmbeddedData;

  before(async () => {
    data = embeddedData();
    const params = { ...IMPORT_REQUESTED.data.params, [HOSTILE]: HOSTILE };
    const requested = { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, album_id: HOSTILE, params } };
    await data.append(`import-${IMPORT}`, newEvent(requested, { request_id: HOSTILE, operator: HOSTILE }));
    await data.append(`import-${HOSTILE}`, newEvent({ type: HOSTILE, data: { [HOSTILE]: HOSTILE } }));
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED));
    await data.project();
    data.sql(VIEWS_FILE, `UPDATE imports SET album_id = 'odd'`, `UPDATE users SET organization_id = '${HOSTILE}'`);
  });

  after(() => data.remove());

  it('keeps it to the byte in an export, but at a terminal, where it means the same', async function () {
    if (!hasTerminal()) this.skip();
    const { stdout } = await imports(data.env, 'export');
    const { shown } = await atTerminal(data.env, 'export');
    const lines = shown.split('\r\n').filter((line) => line.startsWith('{'));
    expect(stdout).to.contain('\x9b31m');
    expect(lines.join('')).to.not.match(/[\p{Cc}\p{Cf}]/u);
    expect(lines.map((line) => JSON.parse(line))).to.deep.equal(linesOf(stdout).map((line) => JSON.parse(line)));
  });

  for (const args of [
    ['users', 'list'],
    ['users', 'list', '--json'],
    ['users', 'remove', '--yes', HOSTILE],
    ['audit', IMPORT],
    ['audit', '--correlation', HOSTILE],
    ['show', IMPORT],
    ['events'],
    ['verify', '--all'],
    ['quarantine', 'retry', HOSTILE],
    ['quarantine', 'retry', '--all', '--reason', HOSTILE],
    ['replay', '--only', IMPORT, '--dry-run'],
    ['load', `/nowhere/${HOSTILE}`],
    ['export', '--output', `/nowhere/${HOSTILE}`],
    ['status', '--url', `http://127.0.0.1:1/${HOSTILE}`],
    ['check', '--url', HOSTILE],
    [HOSTILE],
    ['users', HOSTILE],
  ]) {
    it(`shows it inert: ${args.map((arg) => (arg.includes(HOSTILE) ? '…' : arg)).join(' ')}`, async () => {
      const { stdout, stderr } = await imports(data.env, ...args);
      expect(stdout + stderr).to.not.equal('');
      expect(stdout.replaceAll(/[\n\t]/g, '')).to.not.match(/[\p{Cc}\p{Cf}]/u);
      expect(stderr.replaceAll('\n', '')).to.not.match(/[\p{Cc}\p{Cf}]/u);
      if (args.includes('--json')) linesOf(stdout).map((line) => JSON.parse(line));
    });
  }
});
