import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startStandIn } from './stand-in.ts';

/** A stand-in in a process of its own, which can be stopped (SIGSTOP) and killed. */
export interface StandInProcess {
  /** A connection string. */
  readonly url: string;
  readonly pid: number;
  /** Ends it by SIGKILL; its log is in memory, and gone. */
  kill(): Promise<void>;
}

export async function startStandInProcess(): Promise<StandInProcess> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const exited = once(child, 'exit');
  const [url] = await once(child, 'message');
  return {
    url: url as string,
    pid: child.pid as number,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

if (import.meta.main) {
  const { url } = await startStandIn();
  process.on('disconnect', () => process.exit());
  process.send?.(url);
}
