import { spawn } from 'node:child_process';
import type { Again } from './surroundings.ts';

/** Runs this process's command line in a process of its own, which inherits none of its streams: who waits for their end does not wait for it. */
export function runAgain(env: NodeJS.ProcessEnv): Again {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.setEncoding('utf8').on('error', () => {});
  let stdout = '';
  child.stdout.on('data', (text: string) => {
    stdout += text;
  });
  const ended = new Promise<Awaited<Again['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ stdout, code }));
  });
  return { ended, kill: () => void child.kill('SIGKILL') };
}
