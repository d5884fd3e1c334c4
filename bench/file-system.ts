import { mkdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Linux's magic numbers of file systems. Source: statfs(2). */
const NAMES: { readonly [magic: number]: string } = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  4076150800: 'f2fs',
  2035054128: 'overlayfs',
  26985: 'nfs',
  16914836: 'tmpfs',
  2240043254: 'ramfs',
};

export function fileSystemOf(path: string): string {
  const { type } = statfsSync(path);
  return NAMES[type] ?? `file system 0x${type.toString(16)}`;
}

/** The first usual folder for temporary files that is not in memory, where an fsync would cost nothing. */
export function folderOnDisk(): string {
  const own = fileURLToPath(new URL('../data', import.meta.url));
  const folder = [tmpdir(), '/var/tmp', own].find((path) => {
    try {
      mkdirSync(path, { recursive: true });
      return !isInMemory(path);
    } catch {
      return false;
    }
  });
  if (folder === undefined) throw new Error('No folder on a real disk was found: name one with --directory.');
  return folder;
}

export function isInMemory(path: string): boolean {
  return ['tmpfs', 'ramfs'].includes(fileSystemOf(path));
}
