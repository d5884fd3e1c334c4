import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import { until } from '../../support/until.ts';
import { firstOf, importView } from '../some-views.ts';

/** Changes the database over another connection, as an operator would with any SQLite tool. */
export function withDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: 2000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Writes so many imports, 500 a batch, with the checkpoint at 1; gives their views. */
export async function fill(readModel: ReadModel, count: number): Promise<ImportView[]> {
  const views = Array.from({ length: count }, () => importView());
  for (let start = 0; start < count; start += 500) {
    const writes = views.slice(start, start + 500).map((view) => firstOf('import', view));
    await readModel.write({ writes });
  }
  await readModel.write({ writes: [], checkpoint: { from: null, to: { log: 'the log', position: 1n } } });
  return views;
}

/** Another process that has the file open and answers line by line: see `other-process.ts`. */
export interface OtherProcess {
  readonly pid: number;
  /** What it answers: `written`, `there`, `absent`, `cleared`, or an error's code. */
  ask(command: 'write' | 'get' | 'clear', id?: string): Promise<string>;
  end(): Promise<void>;
}

export async function startOtherProcess(file: string, shell = ':'): Promise<OtherProcess> {
  const program = fileURLToPath(new URL('./other-process.ts', import.meta.url));
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, file];
  const child = spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...node], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answers: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => answers.push(line));
  const answer = () => until('the other process answers', () => answers.shift());
  await answer();
  return {
    pid: child.pid as number,
    ask(command, id = '') {
      child.stdin.write(`${command} ${id}\n`);
      return answer();
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}
