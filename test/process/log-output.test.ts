import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { imports } from '../support/imports.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const NODE = `${process.execPath} --disable-warning=ExperimentalWarning src/start.js`;

/** Enough lines, of some 400 bytes each, to fill a pipe and what the service holds besides. */
const MANY_REQUESTS = 3_300;
const AT_ONCE = 50;

describe('the log output of the process', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let env: NodeJS.ProcessEnv;
  let token: string;
  let url: string;
  let operationsUrl: string;
  let child: ChildProcess;

  beforeEach(async () => {
    directory = temporaryDirectory();
    const [port, OPERATIONS_PORT] = [String(await lastingPort()), String(await lastingPort())];
    url = `http://127.0.0.1:${port}`;
    operationsUrl = `http://127.0.0.1:${OPERATIONS_PORT}`;
    const settings = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: port, OPERATIONS_PORT };
    env = { PATH: process.env.PATH, ...settings };
    await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION);
    token = (await imports(env, 'token', '--user', USER)).stdout.trim();
  });

  afterEach(() => {
    try {
      process.kill(pidOfService(), 'SIGKILL');
    } catch {
      // It has ended, as it should have.
    }
    child.kill('SIGKILL');
    directory.remove();
  });

  /** Starts the service by a shell, which says its process id; nobody reads its output unless told. */
  async function start(commandLine: string, redirection = ''): Promise<void> {
    child = spawn('sh', ['-c', `echo $$ > ${join(directory.path, 'pid')}; exec ${commandLine} ${redirection}`], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.pause();
    await until('it answers', () => fetch(`${url}/livez`).catch(() => null));
  }

  function pidOfService(): number {
    return Number(readFileSync(join(directory.path, 'pid'), 'utf8'));
  }

  async function post(): Promise<number> {
    const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/x-www-form-urlencoded' };
    return (await fetch(`${url}/api/v1/imports`, { method: 'POST', body: DOCUMENT_BODY, headers })).status;
  }

  /** Asks with many requests at a time, which costs less than one by one. */
  async function makeManyLines(count = MANY_REQUESTS): Promise<void> {
    // With a token: of the requests of strangers, few have a line.
    const headers = `Host: x\r\nAuthorization: Token ${token}\r\nX-Request-Id: ${'x'.repeat(255)}`;
    const request = `HEAD /api/v1/imports HTTP/1.1\r\n${headers}\r\n\r\n`;
    const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
    const chunks = socket[Symbol.asyncIterator]();
    for (let left = count; left > 0; left -= AT_ONCE) {
      socket.write(request.repeat(AT_ONCE));
      let answers = '';
      while (answers.split('HTTP/1.1 ').length <= AT_ONCE) {
        const { done, value } = await chunks.next();
        if (done) throw new Error(`the connection ended after ${answers}`);
        answers += value;
      }
    }
    socket.destroy();
  }

  async function dropped(): Promise<number> {
    const metrics = await (await fetch(`${operationsUrl}/metrics`)).text();
    return Number(/^imports_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1]);
  }

  /** Told to stop, it does so in good order: after ten seconds it would end with another code. */
  async function endsWhenTold(code: number | null = 0): Promise<void> {
    process.kill(pidOfService(), 'SIGTERM');
    // Not "close": nobody may read its output.
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).to.equal(code);
  }

  for (const [what, redirection] of [
    ['on a full disk, the errors too', '> /dev/full 2> /dev/full'],
    ['a pipe that nobody reads', ''],
  ] as const) {
    it(`${what} holds nothing up: lines are dropped and counted, and SIGTERM ends it`, async () => {
      await start(NODE, redirection);
      await makeManyLines();
      expect(await post()).to.equal(200);
      expect(await dropped()).to.be.above(100);
      await endsWhenTold();
    });
  }

  it('a pipe whose reader has gone holds nothing up either', async () => {
    await start(NODE);
    child.stdout?.destroy();
    child.stderr?.destroy();
    await makeManyLines();
    expect(await post()).to.equal(200);
    expect(await dropped()).to.be.above(100);
    await endsWhenTold();
  });

  it('closed from the start is as good as none', async () => {
    await start(NODE, '>&- 2>&-');
    await makeManyLines(AT_ONCE);
    expect(await post()).to.equal(200);
    expect(await dropped()).to.equal(0);
    await endsWhenTold();
  });

  it('a terminal that has stopped holds nothing up either', async function () {
    // `script` makes a terminal, and reads it only as fast as it is read itself.
    const terminal = spawn('script', ['-qefc', `echo $$ > ${join(directory.path, 'pid')}; exec ${NODE}`, '/dev/null'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const started = await Promise.race([once(terminal, 'spawn'), once(terminal, 'error')]);
    if (started[0] instanceof Error) this.skip();
    child = terminal;
    terminal.stdout.pause();
    await until('it answers', () => fetch(`${url}/livez`).catch(() => null));
    await makeManyLines();
    expect(await post()).to.equal(200);
    expect(await dropped()).to.be.above(100);
    process.kill(pidOfService(), 'SIGTERM');
    await until('it has ended', () => hasEnded(pidOfService()));
    terminal.stdout.resume();
    await once(terminal, 'close');
  });

  it('that is read again has every line whole, and one that says how many are missing', async () => {
    await start(NODE);
    await makeManyLines();
    const missing = await dropped();
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.stdout?.resume();
    await until('it says so', () => text.includes('lines_dropped'));
    await endsWhenTold();
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter((line) => 'lines_dropped' in line)).to.have.length(1);
    // The line of the request that asked for the metric may be among them.
    const told = lines.find((line) => 'lines_dropped' in line)?.lines_dropped as number;
    expect(told).to.be.within(missing, missing + 1);
    const written = lines.filter(({ method }) => method === 'HEAD').length;
    // And those that were sent until it answered.
    expect(written + told).to.be.within(MANY_REQUESTS, MANY_REQUESTS + 10);
    expect(lines.at(-1)).to.include({ msg: 'stopped' });
  });

  it('that takes no errors leaves a start that fails its exit code', async () => {
    for (const redirection of ['2> /dev/full', '2>&-']) {
      child = spawn('sh', ['-c', `exec ${NODE} ${redirection}`], { env: { ...env, PORT: 'none' }, stdio: 'ignore' });
      expect((await once(child, 'exit'))[0]).to.equal(1);
    }
  });
});

/** Whether the process has ended: who started it may not have taken note yet. */
function hasEnded(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
