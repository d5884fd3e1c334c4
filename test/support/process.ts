import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning'] as const;

/** The output and the exit code of a process that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under test: the service or the command line. */
export interface TestProcess {
  readonly child: ChildProcess;
  /** Its output so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended. */
  ended(): Promise<Ended>;
}

/** The environment of a process under test, without the settings of the tests themselves. */
export function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, root = ROOT): TestProcess {
  const child = spawn(command, args, { cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: async () => {
      await closed;
      return { code: child.exitCode, stdout, stderr };
    },
  };
}

/** Long, since the machine may have other work. */
const STARTS_WITHIN_MS = 25_000;

/** Many services run at the same time. Few tests are about performing imports. */
const USUAL = { OPERATIONS_PORT: '0', IMPORTER: 'off' };

/**
 * Starts the service's real process.
 * @param limitKiB the largest file it may write, as `ulimit -f` has it; `prlimit` can raise it again
 * @param root the project's folder, if it is not this one
 * @param args the arguments after `npm start --`
 */
export function startProcess(
  env: NodeJS.ProcessEnv,
  limitKiB?: number,
  root?: string,
  args: readonly string[] = [],
): TestProcess {
  const service = [...NODE, 'src/start.js', ...args];
  const settings = { ...USUAL, ...env };
  if (limitKiB === undefined) return run(service[0] as string, service.slice(1), settings, root);
  return run('sh', ['-c', `ulimit -S -f ${limitKiB * 2}; exec "$0" "$@"`, ...service], settings);
}

/**
 * Starts a program of `src` as the account with this number, which need not exist. Only root can do that.
 * @param group a further group of the account
 */
export function startAs(
  account: number,
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  group?: number,
): TestProcess {
  // No account but root may write to the checkout, where the compiled code is kept.
  const compiled = join(tmpdir(), `imports-tests-compiled-${account}`);
  mkdirSync(compiled, { recursive: true, mode: 0o700 });
  chownSync(compiled, account, account);
  const groups = group === undefined ? ['--clear-groups'] : ['--groups', String(group)];
  const as = ['--reuid', String(account), '--regid', String(account), ...groups];
  return run('setpriv', [...as, ...NODE, `src/${program}`, ...args], {
    NODE_COMPILE_CACHE: compiled,
    ...USUAL,
    ...env,
  });
}

/**
 * Starts the command line in a separate process.
 * @param root as for `startProcess`
 */
export function startImports(env: NodeJS.ProcessEnv, args: readonly string[], root?: string): TestProcess {
  return run(NODE[0], [NODE[1], 'src/cli/start.js', ...args], env, root);
}

/** Waits until the service listens; gives its URL. */
export function listening(service: TestProcess): Promise<string> {
  return urlLogged(service, 'port');
}

/** The same for its listener for operators. */
export function listeningForOperators(service: TestProcess): Promise<string> {
  return urlLogged(service, 'operations_port');
}

function urlLogged(service: TestProcess, name: string): Promise<string> {
  return until(
    'the service listens',
    () => {
      if (service.child.exitCode !== null) throw new Error(`it ended: ${service.stderr()}`);
      const port = new RegExp(`"${name}":(\\d+)[,}]`).exec(service.stdout())?.[1];
      return port === undefined ? null : `http://127.0.0.1:${port}`;
    },
    STARTS_WITHIN_MS,
  );
}

/** Sends the process a signal and waits for its end. */
export async function kill(service: TestProcess, signal: NodeJS.Signals): Promise<Ended> {
  service.child.kill(signal);
  return service.ended();
}
