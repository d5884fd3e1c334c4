import { link, open, stat, utimes } from 'node:fs/promises';
import { codeOf } from '../../../errors/code-of.ts';
import { nullIfMissing } from '../../../errors/if-missing.ts';
import { sync } from '../../../machine/durable.ts';

/** The steps by which files are kept. */

/** What file systems say that have no hard links, or if the draft is on another one. */
const CANNOT_LINK = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Makes a further name of a file, if there is none yet. */
export async function tryToLink(from: string, to: string): Promise<'made' | 'exists' | 'impossible'> {
  try {
    await link(from, to);
    return 'made';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists';
    if (CANNOT_LINK.has(codeOf(error) ?? '')) return 'impossible';
    throw error;
  }
}

/** Renews the time of a file. Gives false if the file was removed meanwhile: its time may be that of a file that is gone. */
export async function isRenewed(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    // Opens it anew.
    await sync(path);
    return true;
  } catch (error) {
    nullIfMissing(error);
    return false;
  }
}

/** Makes a file durable, with the time of now. */
export async function renewed(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const now = new Date();
    await handle.utimes(now, now);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Null: there is none. */
export async function statOf(path: string): Promise<{ readonly size: number } | null> {
  return stat(path).catch(nullIfMissing);
}
