import { dirname, join } from 'node:path';
import { isSha256, placeOf } from '../blob-store.ts';

/** Names of files in the folder. */

/** A name in a folder of blobs: the bytes themselves, or bytes that are being removed (`aside`). */
export interface Name {
  readonly sha256: string;
  readonly aside: boolean;
}

/** The names that folders with a part of a sha256 have. */
export const PART = /^[0-9a-f]{2}$/;

/** @throws {RangeError} it is no sha256 */
export function pathOf(root: string, sha256: string): string {
  return join(root, placeOf(sha256));
}

/** @throws {RangeError} it is no sha256 */
export function folderOf(root: string, sha256: string): string {
  return dirname(pathOf(root, sha256));
}

/** The name of bytes that one remover has moved aside. */
export function asideName(sha256: string, mark: string): string {
  return `${sha256}.${mark}`;
}

/** Null: it is none of ours. */
export function parseName(name: string): Name | null {
  const [sha256 = '', mark] = name.split('.');
  return isSha256(sha256) ? { sha256, aside: mark !== undefined } : null;
}
