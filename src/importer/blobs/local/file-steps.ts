import { link, mkdir, open, stat, utimes } from 'node:fs/promises';
import { codeOf } from '../../../errors/code-of.ts';

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

/** Makes it, unless it is there. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
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

/** Makes a file or the names in a folder durable. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Null if nothing is at the path. @throws any other error */
export function nullIfMissing(error: unknown): null {
  if (codeOf(error) !== 'ENOENT') throw error;
  return null;
}

/** For the `catch` of a list of files: none, if the folder is missing. @throws the error, if it is another one */
export function emptyIfMissing(error: unknown): string[] {
  nullIfMissing(error);
  return [];
}
