import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nullIfMissing } from '../../errors/if-missing.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Removes from a folder of temporary files, whose names are UUIDs, those that were last written before `than`. Gives how many there were.
 * @throws errors of the file system
 */
export async function removeLeftovers(folder: string, than: Date): Promise<number> {
  let removed = 0;
  try {
    for await (const { name } of await opendir(folder)) {
      const path = join(folder, name);
      if (!UUID.test(name) || !(await isOlder(path, than))) continue;
      await rm(path, { force: true });
      removed += 1;
    }
  } catch (error) {
    nullIfMissing(error);
  }
  return removed;
}

async function isOlder(path: string, than: Date): Promise<boolean> {
  const found = await stat(path).catch(nullIfMissing);
  return found !== null && found.mtime < than;
}
