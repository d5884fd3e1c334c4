import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Call } from './other-process.ts';

export interface Asked {
  readonly call: Call;
  readonly args: readonly unknown[];
}

/** Another process that has the store open. */
export interface OtherProcess {
  /** What the call gives, or the code and the message of its error. One call at a time. */
  ask(call: Call, ...args: unknown[]): Promise<unknown>;
  /** No file may be larger; not limited: `unlimited`. */
  limitFiles(bytes: string): void;
  kill(): Promise<void>;
  end(): Promise<void>;
}

export async function startOtherProcess(file: string): Promise<OtherProcess> {
  const program = fileURLToPath(new URL('./other-process.ts', import.meta.url));
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(program, [file], { serialization: 'advanced', execArgv });
  await answerOf(child);
  const exited = once(child, 'exit');
  return {
    ask(call, ...args) {
      const answer = answerOf(child);
      child.send({ call, args } satisfies Asked);
      return answer;
    },
    limitFiles: (bytes) => void execFileSync('prlimit', [`--pid=${child.pid}`, `--fsize=${bytes}:`]),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async end() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [{ answer }] = await once(child, 'message');
  return answer;
}
