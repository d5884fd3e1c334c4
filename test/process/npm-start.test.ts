import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { lastingPort } from '../support/lasting-port.ts';
import { environment } from '../support/process.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const ROOT = new URL('../../', import.meta.url);

describe('npm start', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let env: NodeJS.ProcessEnv;
  let url: string;
  let started: ChildProcess;
  let output = '';

  beforeEach(async () => {
    directory = temporaryDirectory();
    const port = String(await lastingPort());
    url = `http://127.0.0.1:${port}`;
    env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: directory.path, PORT: port, OPERATIONS_PORT: '0' };
  });

  afterEach(() => {
    started.kill('SIGKILL');
    directory.remove();
  });

  /** Its output is closed once the service has ended too. */
  function start(command: string, args: readonly string[], settings = env, detached = false): Promise<unknown> {
    started = spawn(command, args, {
      cwd: fileURLToPath(ROOT),
      env: environment(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    });
    output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    return once(started, 'close');
  }

  async function isListening(): Promise<boolean> {
    return fetch(`${url}/livez`).then(
      () => true,
      () => false,
    );
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
    it(`ends with its service, in good order, when npm gets ${signal}`, async () => {
      const closed = start('npm', ['start']);
      await until('it listens', isListening);
      started.kill(signal);
      await until('nobody listens', async () => !(await isListening()));
      await closed;
      expect(output).to.match(/"msg":"stopped"/);
    });
  }

  // The two ways: npm passes the one on, and not the other.
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`leaves no service when npm gets ${signal} right after it made its child`, async () => {
      const closed = start('npm', ['start']);
      const children = `/proc/${started.pid}/task/${started.pid}/children`;
      const child = await until('npm has a child', () => readFileSync(children, 'utf8').trim());
      started.kill(signal);
      try {
        await until('the child has ended', () => !isRunning(Number(child)));
      } catch (error) {
        process.kill(Number(child), 'SIGKILL');
        throw error;
      }
      await closed;
      expect(await isListening()).to.equal(false);
    });
  }

  const service = ['--disable-warning=ExperimentalWarning', 'src/start.js'];

  it('has a service that does not begin where npm ended before it looked', async () => {
    const gone = spawnSync('true').pid;
    const [code] = (await start(process.execPath, service, { ...env, NPM_PID: String(gone) })) as [number];
    expect(code).to.equal(0);
    expect(output).to.not.match(/listening/);
  });

  it('has a service that does not take for npm who looks after orphans: it is of another process group', async () => {
    const parent = { ...env, NPM_PID: String(process.pid) };
    const [code] = (await start(process.execPath, service, parent, true)) as [number];
    expect(code).to.equal(0);
    expect(output).to.not.match(/listening/);
    void start(process.execPath, service, parent);
    await until('one of this group listens', isListening);
  });
});

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what runs the service', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

  it('is installed without what only developers need, Node itself too', () => {
    expect(dependencies).to.have.property('node');
    expect(devDependencies).to.not.have.property('node');
  });

  it('is installed from whatever registry npm is set up for', () => {
    const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8'));
    const named = Object.entries<{ resolved?: string }>(lock.packages).filter(([, { resolved }]) => resolved);
    expect(named).to.deep.equal([]);
  });
});
