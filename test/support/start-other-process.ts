import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Asked {
  readonly call: string;
  readonly args: readonly unknown[];
}

/** Another process that has a store open. */
export interface OtherProcess<Call extends string> {
  /** What the call gives, or the code and the message of its error. One call at a time. */
  ask(call: Call, ...args: unknown[]): Promise<unknown>;
  /** No file may be larger; not limited: `unlimited`. */
  limitFiles(bytes: string): void;
  kill(): Promise<void>;
  end(): Promise<void>;
}

/** @param program calls `answerCalls` with the store in the file that is its argument */
export async function startOtherProcess<Call extends string>(program: URL, file: string): Promise<OtherProcess<Call>> {
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(fileURLToPath(program), [file], { serialization: 'advanced', execArgv });
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

/** In the other process: makes the calls that it is asked for, and closes the store at the end. */
export function answerCalls(store: { close(): Promise<void> }): void {
  process.on('message', async ({ call, args }: Asked) => {
    const make = Reflect.get(store, call) as (...args: unknown[]) => Promise<unknown>;
    const answer = await make
      .apply(store, [...args])
      .catch((error) => ({ failure: error.code, message: error.message }));
    process.send?.({ answer });
  });
  process.on('disconnect', () => void store.close());
  process.send?.({ answer: 'opened' });
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [{ answer }] = await once(child, 'message');
  return answer;
}
