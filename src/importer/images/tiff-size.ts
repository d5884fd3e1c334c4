import type { ImageFile } from './image-file.ts';
import { asShown, BadImage, type Size } from './image-format.ts';

/**
 * The size of the first image of a TIFF as it is shown. Its directory may be anywhere in the file, and the package image-size reads on after the
 * directory's end and knows no orientation. Source: TIFF 6.0, and BigTIFF.
 */

const [WIDTH, HEIGHT, ORIENTATION] = [256, 257, 274];
const [SHORT, LONG, LONG8] = [3, 4, 16];

/** Far more than a directory has. */
const MOST_ENTRIES = 4_096;

/** @throws {BadImage | RangeError} it is damaged */
export function tiffSize(file: ImageFile): Size {
  const head = file.part(0, 16);
  const isBig = uint(head, 2, 2, isLittle(head)) === 43;
  const directory = directoryOf(file, head, isBig);
  const [width, height] = [directory.get(WIDTH), directory.get(HEIGHT)];
  if (width === undefined || height === undefined) throw new BadImage('its first directory has no size');
  return asShown({ width, height }, directory.get(ORIENTATION));
}

/** The numbers of the first directory, by their tags. */
function directoryOf(file: ImageFile, head: Buffer, isBig: boolean): Map<number, number> {
  const isLe = isLittle(head);
  const [countBytes, entryBytes, valueAt] = isBig ? [8, 20, 12] : [2, 12, 8];
  const at = isBig ? uint(head, 8, 8, isLe) : uint(head, 4, 4, isLe);
  const count = uint(file.part(at, countBytes), 0, countBytes, isLe);
  const entries = file.part(at + countBytes, Math.min(count, MOST_ENTRIES) * entryBytes);
  const numbers = new Map<number, number>();
  for (let start = 0; start + entryBytes <= entries.length; start += entryBytes) {
    const type = uint(entries, start + 2, 2, isLe);
    const bytes = type === SHORT ? 2 : type === LONG ? 4 : type === LONG8 && isBig ? 8 : 0;
    if (bytes > 0) numbers.set(uint(entries, start, 2, isLe), uint(entries, start + valueAt, bytes, isLe));
  }
  return numbers;
}

function isLittle(head: Buffer): boolean {
  return head.toString('latin1', 0, 2) === 'II';
}

function uint(buffer: Buffer, at: number, bytes: number, isLe: boolean): number {
  if (bytes === 8) return Number(isLe ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at));
  return isLe ? buffer.readUIntLE(at, bytes) : buffer.readUIntBE(at, bytes);
}
