import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { lastingPort } from '../support/lasting-port.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const ROOT = new URL('../../', import.meta.url);

describe('npm start', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let npm: ChildProcess;
  let url: string;
  let output = '';

  beforeEach(async () => {
    directory = temporaryDirectory();
    const port = String(await lastingPort());
    url = `http://127.0.0.1:${port}`;
    const { PATH, HOME } = process.env;
    npm = spawn('npm', ['start'], {
      cwd: fileURLToPath(ROOT),
      env: {
        PATH,
        HOME,
        NODE_ENV: 'production',
        JWT_SECRET,
        DATA_DIR: directory.path,
        PORT: port,
        OPERATIONS_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    output = '';
    npm.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    await until('it listens', isListening);
  });

  afterEach(() => {
    npm.kill('SIGKILL');
    directory.remove();
  });

  async function isListening(): Promise<boolean> {
    return fetch(`${url}/livez`).then(
      () => true,
      () => false,
    );
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
    it(`ends with its service, in good order, when npm gets ${signal}`, async () => {
      const closed = once(npm, 'close');
      npm.kill(signal);
      await until('nobody listens', async () => !(await isListening()));
      // Its output is closed once the service has ended too.
      await closed;
      expect(output).to.match(/"msg":"stopped"/);
    });
  }
});

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
