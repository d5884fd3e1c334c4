import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Starts a program that ends in any case when this process ends, and that does not keep this process alive.
 * @param log the file for its output
 * @param endsWithInput whether it ends by itself when its standard input does; else another process watches over it
 */
export function spawnTied(
  [file, ...args]: readonly [string, ...string[]],
  log: string,
  endsWithInput: boolean,
  options: SpawnOptions = {},
): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(file, args, { ...options, stdio: ['pipe', output, output] });
  closeSync(output);
  letGo(child);
  if (!endsWithInput) {
    const watch = spawn('sh', ['-c', 'read _; kill -KILL "$0"', `${child.pid}`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.once('exit', () => watch.kill('SIGKILL'));
    letGo(watch);
  }
  return child;
}

function letGo(child: ChildProcess): void {
  child.unref();
  (child.stdin as Socket).unref();
}
