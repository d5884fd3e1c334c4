import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BadConfig } from './config.ts';
import { reasonOf } from './reason-of.ts';

/**
 * Makes the data directory where there is none, and sees to it that what this process makes in it is its owner's alone: what callers
 * sent is in there.
 * @throws {BadConfig} where it cannot be made or is no directory
 */
export function makeDataDirectory(dataDir: string): void {
  process.umask(0o077);
  try {
    make(resolve(dataDir));
    if (!statSync(dataDir).isDirectory()) throw new Error('it is no directory');
  } catch (error) {
    const reason = reasonOf(error);
    throw new BadConfig([`DATA_DIR ${dataDir} cannot be used: ${reason}`]);
  }
}

/** Step by step: Node's own `recursive` never returns where a file system takes no directories, such as /proc. */
function make(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory || isThere(dirname(directory))) throw error;
    make(dirname(directory));
    mkdirSync(directory);
  }
}

function isThere(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false }) !== undefined;
}
