import { randomUUID } from 'node:crypto';
import { readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyIfMissing, nullIfMissing } from '../../../errors/if-missing.ts';
import { asideName, parseName } from './file-places.ts';
import { tryToLink } from './file-steps.ts';

/** The names that the blob has in its folder: its own, and those that removers gave it. */
export async function namesOf(folder: string, sha256: string): Promise<string[]> {
  const names = await readdir(folder).catch(emptyIfMissing);
  return names.filter((name) => parseName(name)?.sha256 === sha256);
}

/** Moves one name of the blob aside; then nobody else renews or removes it. Gives whether it was old, and was removed. */
export async function removeAside(folder: string, name: string, sha256: string, than: Date): Promise<boolean> {
  const aside = join(folder, asideName(sha256, randomUUID()));
  try {
    await rename(join(folder, name), aside);
    if ((await stat(aside)).mtime < than) {
      await unlink(aside);
      return true;
    }
    await putBack(aside, join(folder, sha256));
    return false;
  } catch (error) {
    nullIfMissing(error);
    return false;
  }
}

/** If the bytes were brought anew meanwhile, those stay. */
async function putBack(aside: string, path: string): Promise<void> {
  if ((await tryToLink(aside, path)) === 'impossible') await rename(aside, path);
  else await unlink(aside);
}
