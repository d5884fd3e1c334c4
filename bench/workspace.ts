import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { folderOnDisk } from './file-system.ts';

/** The things that a run must remove at its end: one folder, and processes. */
export class Workspace {
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();
  #cleared = false;

  /** @param directory the place for the folder; null: a place on a real disk is chosen */
  constructor(directory: string | null) {
    if (directory !== null) mkdirSync(directory, { recursive: true });
    this.folder = mkdtempSync(join(directory ?? folderOnDisk(), 'imports-bench-'));
  }

  /** Whether the run is over or was stopped. */
  get isCleared(): boolean {
    return this.#cleared;
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    if (this.#cleared) throw new Error('the run was stopped');
    const child = spawn(command, args, options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    child.once('error', () => this.#children.delete(child));
    return child;
  }

  /** Ends the processes that still run and removes the folder. */
  async clear(): Promise<void> {
    this.#cleared = true;
    const running = [...this.#children];
    const exits = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(exits);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** From now on, a signal to stop (such as Ctrl-C) clears the workspace and ends the process. */
  clearOnSignals(): void {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => this.clear().finally(() => process.exit(code)));
    }
  }
}

/** Waits for a child to end; gives its output. @throws Error with its standard error if it failed */
export async function outputOf(child: ChildProcess): Promise<string> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
