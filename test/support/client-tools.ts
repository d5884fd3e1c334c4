import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtOnce } from './build-once.ts';
import { onPath } from './on-path.ts';

/**
 * The client generators of the tests, with the packages that their clients need, in exact versions. They are loaded from npm's and
 * Python's registries, once for each state of their lists.
 */

const run = promisify(execFile);

const TYPESCRIPT = folderOf('typescript');
const PYTHON = folderOf('python');

/** The folder with `node_modules`. */
export function typescriptTools(): Promise<string> {
  const files = ['package.json', 'package-lock.json'];
  return builtOnce('openapi-typescript', { folder: TYPESCRIPT, files }, async (into) => {
    for (const file of files) copyFileSync(join(TYPESCRIPT, file), join(into, file));
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: into });
  });
}

/** Why there is no Python to make a client with; undefined if there is one. */
export function missingPython(): string | undefined {
  return onPath('python3') ? undefined : 'needs Python 3.11 or later on the PATH';
}

/** The Python that has the packages. */
export async function pythonTools(): Promise<string> {
  const file = 'requirements.txt';
  const folder = await builtOnce('openapi-python-client', { folder: PYTHON, files: [file] }, async (into) => {
    await run('python3', ['-m', 'venv', into]);
    // By `python -m`, since the scripts contain the name of the folder before it is moved to its place.
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps'];
    await run(join(into, 'bin/python'), ['-m', 'pip', 'install', ...options, '-r', join(PYTHON, file)]);
  });
  return join(folder, 'bin/python');
}

/** The folder of the files to test a kind of client. */
export function folderOf(kind: 'typescript' | 'python'): string {
  return fileURLToPath(new URL(`../clients/${kind}/`, import.meta.url));
}
