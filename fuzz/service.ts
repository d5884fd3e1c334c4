import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inShell } from '../bench/in-shell.ts';
import { until } from '../test/support/until.ts';
import type { Answer, Question } from './probe.ts';
import { JWT_SECRET, OPERATOR, ORGANIZATION } from './tokens.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROBE = new URL('probe.ts', import.meta.url).href;
const { scripts, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const START_WITHIN_MS = 60_000;
/** The service has 10 seconds to stop. The machine may be busy. */
const STOP_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 30_000;
const ERROR_LINES = 5;

/** The service as a separate process with its own folder, started as `npm start` does. */
export class FuzzedService {
  readonly #folder: string;
  readonly #output: string;
  readonly #child: ChildProcess;
  port = 0;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#output = join(folder, 'output');
    const output = openSync(this.#output, 'w');
    const [file, args] = inShell(scripts.start);
    this.#child = spawn(file, args, {
      cwd: ROOT,
      env: { ...env, NODE_OPTIONS: `--import=${PROBE}` },
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    // `isRunning` reports it.
    this.#child.on('error', () => {});
  }

  static async start(): Promise<FuzzedService> {
    const folder = mkdtempSync(join(tmpdir(), 'imports-fuzz-'));
    const env = {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'development', JWT_SECRET },
      ...{
        HOST: '127.0.0.1',
        PORT: '0',
        OPERATIONS_PORT: 'off',
        DATA_DIR: join(folder, 'data'),
        TRUST_PROXY: '127.0.0.1',
      },
      ...{ CORS_ORIGINS: '*', REDACTED_PARAMETERS: 'metadatas[ssn]' },
    };
    const operator = ['users', 'add', '--user', OPERATOR, '--organization', ORGANIZATION, '--role', 'operator'];
    const cli = ['--disable-warning=ExperimentalWarning', bin.imports, ...operator];
    await promisify(execFile)(process.execPath, cli, { cwd: ROOT, env });
    const service = new FuzzedService(folder, env);
    try {
      service.port = await until(
        'the service listens',
        () => {
          if (!service.isRunning) throw new Error('the service ended');
          const said = service.output();
          const port = /"port":(\d+)/.exec(said)?.[1];
          // By then, the document's user is registered.
          return port !== undefined && said.includes('Try it') ? Number(port) : null;
        },
        START_WITHIN_MS,
      );
      return service;
    } catch (error) {
      const said = service.output();
      service.kill();
      throw new Error(`${(error as Error).message}: ${said}`);
    }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined;
  }

  output(): string {
    return readFileSync(this.#output, 'utf8');
  }

  /** Its newest errors, and its last output. */
  errors(): string {
    const lines = this.output()
      .split('\n')
      .filter((line) => line !== '' && !/^(?:\{"level":[1-4]0|curl |Try it)/.test(line));
    return lines.slice(-ERROR_LINES).join('\n');
  }

  /** @throws Error if it has ended, or does not answer in time */
  async ask(question: Question): Promise<Answer> {
    if (!this.isRunning) throw new Error('the service ended');
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      const answered = once(this.#child, 'message', { signal });
      const ended = once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error('the service ended')));
      this.#child.send(question, () => {});
      const [answer] = await Promise.race([answered, ended]);
      return answer as Answer;
    } finally {
      over.abort();
    }
  }

  /** Stops it by SIGTERM, as operators do, and removes its files. @returns what was wrong with its end; null if nothing was */
  async stop(): Promise<string | null> {
    let wrong: string | null = this.isRunning ? null : `it had ended before: ${this.errors()}`;
    if (this.isRunning) {
      const exited = once(this.#child, 'exit');
      const timer = setTimeout(() => {
        wrong = `it did not end within ${STOP_WITHIN_MS} ms of SIGTERM`;
        this.#child.kill('SIGKILL');
      }, STOP_WITHIN_MS);
      this.#child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
      if (this.#child.exitCode !== 0) wrong ??= `it ended with ${this.#child.exitCode}: ${this.errors()}`;
    }
    this.#remove();
    return wrong;
  }

  /** Kills it and removes its files. */
  kill(): void {
    this.#child.kill('SIGKILL');
    this.#remove();
  }

  #remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
