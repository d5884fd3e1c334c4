import { join } from 'node:path';

/** Where a blob is in the folder: `ab/cd/abcd…`, so that no folder has too many names. */

const SHA256 = /^[0-9a-f]{64}$/;

/** A name in a folder of blobs: the bytes themselves, or bytes that are being removed (`aside`). */
export interface Name {
  readonly sha256: string;
  readonly aside: boolean;
}

/** The names that folders with a part of a sha256 have. */
export const PART = /^[0-9a-f]{2}$/;

/** @throws it is no sha256: it would be a path to somewhere else */
export function folderOf(root: string, sha256: string): string {
  if (!SHA256.test(sha256)) throw new RangeError(`${JSON.stringify(sha256)} is no sha256 in hex`);
  return join(root, sha256.slice(0, 2), sha256.slice(2, 4));
}

export function pathOf(root: string, sha256: string): string {
  return join(folderOf(root, sha256), sha256);
}

/** The name of bytes that one remover has moved aside. */
export function asideName(sha256: string, mark: string): string {
  return `${sha256}.${mark}`;
}

/** Null: it is none of ours. */
export function parseName(name: string): Name | null {
  const [sha256 = '', mark] = name.split('.');
  return SHA256.test(sha256) ? { sha256, aside: mark !== undefined } : null;
}
