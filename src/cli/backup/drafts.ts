import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobsPlace } from '../../importer/blobs/blobs-place.ts';

/** Where images are on their way: on the disk of the backup, if it is a folder. */
export async function folderOfDrafts(where: BlobsPlace): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  if (where.kind === 'folder') {
    const folder = join(where.folder, 'images.tmp');
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const folder = await mkdtemp(join(tmpdir(), 'imports-backup-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
