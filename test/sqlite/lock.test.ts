import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isBusy } from '../../src/sqlite/errors.ts';
import { lockFile } from '../../src/sqlite/lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a lock', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let file: string;
  const processes: ChildProcess[] = [];

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'a.lock');
  });

  afterEach(async () => {
    for (const other of processes.splice(0)) {
      if (other.exitCode === null && other.kill('SIGKILL')) await once(other, 'exit');
    }
    directory.remove();
  });

  /** Another process that locks the file, and what it says; it may write to no file at all, as on a full disk. */
  async function lockInAnother(): Promise<{ said: string; other: ChildProcess }> {
    const program = fileURLToPath(new URL('./locking-process.ts', import.meta.url));
    const other = spawn('sh', ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, program, file]);
    processes.push(other);
    const [said] = await once(other.stdout, 'data');
    return { said: String(said).trim(), other };
  }

  for (const [what, make] of [
    ['a missing file', () => {}],
    ['an empty file', () => writeFileSync(file, '')],
  ] as const) {
    it(`of ${what} is possible on a full disk, by one process at a time, and ends with the process`, async () => {
      make();
      const first = await lockInAnother();
      expect(first.said).to.equal('locked');
      expect(isBusy(thrownBy(() => lockFile(file, 0)))).to.equal(true);
      expect((await lockInAnother()).said).to.equal('database is locked');
      first.other.kill('SIGKILL');
      await once(first.other, 'exit');
      const lock = lockFile(file, 0);
      expect((await lockInAnother()).said).to.equal('database is locked');
      lock.close();
      expect((await lockInAnother()).said).to.equal('locked');
      expect(statSync(file).size).to.equal(0);
      expect(readdirSync(directory.path)).to.deep.equal(['a.lock']);
    });
  }
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}
