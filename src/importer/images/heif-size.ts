import type { ImageFile } from './image-file.ts';
import { BadImage, type Size } from './image-format.ts';

/**
 * The size of a HEIC or AVIF image as it is shown: its main image, cropped (`clap`) and turned (`irot`). The package image-size takes the
 * largest of all its images, turns none, and misreads `clap`. Source: ISO/IEC 23008-12 and 14496-12.
 */

/** More boxes than any file has on its first level before its images' properties, and more bytes than those have. */
const MOST_BOXES = 64;
const MOST_BYTES = 4 * 1024 * 1024;

/** More boxes than any box has: an image of tiles has some for each property, and its thousands of tiles share them. */
const MOST_INNER_BOXES = 16_384;

interface Box {
  readonly type: string;
  /** What is in it. */
  readonly body: Buffer;
}

/** @throws {BadImage | RangeError} it is damaged */
export function heifSize(file: ImageFile): Size {
  const meta = boxesIn(metaOf(file).subarray(4));
  const properties = boxesIn(only(meta, 'iprp'));
  const all = boxesIn(only(properties, 'ipco'));
  const numbers = numbersOf(
    mainItem(only(meta, 'pitm')),
    properties.filter(({ type }) => type === 'ipma'),
  );
  let size: Size | null = null;
  // In the order in which they are applied.
  for (const { type, body } of numbers.flatMap((number) => all[number - 1] ?? [])) {
    if (type === 'ispe') size = { width: body.readUInt32BE(4), height: body.readUInt32BE(8) };
    else if (type === 'clap') size = { width: fraction(body, 0), height: fraction(body, 8) };
    // Quarters of a turn.
    else if (type === 'irot' && size !== null && body.readUInt8(0) % 2 === 1) {
      size = { width: size.height, height: size.width };
    }
  }
  if (size === null) throw new BadImage('its main image has no size');
  return size;
}

/** The body of the first level's `meta`, which may come after the images. */
function metaOf(file: ImageFile): Buffer {
  let at = 0;
  for (let count = 0; count < MOST_BOXES && at < file.bytes; count += 1) {
    const head = file.part(at, 16);
    const { type, headBytes, bytes } = headOf(head, file.bytes - at);
    if (type === 'meta') return file.part(at + headBytes, Math.min(bytes - headBytes, MOST_BYTES));
    at += bytes;
  }
  throw new BadImage('it has no meta box');
}

function boxesIn(body: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < body.length; ) {
    const { type, headBytes, bytes } = headOf(body.subarray(at), body.length - at);
    if (boxes.length === MOST_INNER_BOXES) throw new BadImage('it has too many boxes');
    boxes.push({ type, body: body.subarray(at + headBytes, at + bytes) });
    at += bytes;
  }
  return boxes;
}

/** @param left how many bytes there are from its beginning on */
function headOf(
  head: Buffer,
  left: number,
): { readonly type: string; readonly headBytes: number; readonly bytes: number } {
  const short = head.readUInt32BE(0);
  const type = head.toString('latin1', 4, 8);
  const headBytes = short === 1 ? 16 : 8;
  // 0: up to the end.
  const bytes = short === 0 ? left : short === 1 ? Number(head.readBigUInt64BE(8)) : short;
  if (bytes < headBytes) throw new BadImage(`its box ${JSON.stringify(type)} is shorter than its own head`);
  return { type, headBytes, bytes };
}

function only(boxes: readonly Box[], wanted: string): Buffer {
  const found = boxes.find(({ type }) => type === wanted);
  if (found === undefined) throw new BadImage(`it has no ${wanted} box`);
  return found.body;
}

function mainItem(pitm: Buffer): number {
  return pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
}

/** The numbers of an item's properties, from 1. */
function numbersOf(wanted: number, associations: readonly Box[]): number[] {
  for (const { body } of associations) {
    const [idBytes, numberBytes] = [body.readUInt8(0) === 0 ? 2 : 4, (body.readUInt8(3) & 1) === 1 ? 2 : 1];
    let at = 8;
    for (let left = body.readUInt32BE(4); left > 0; left -= 1) {
      const item = body.readUIntBE(at, idBytes);
      const count = body.readUInt8(at + idBytes);
      at += idBytes + 1;
      // The first bit says whether a reader must know the property.
      const number = (index: number) =>
        body.readUIntBE(at + index * numberBytes, numberBytes) & (numberBytes === 2 ? 0x7fff : 0x7f);
      if (item === wanted) return Array.from({ length: count }, (_, index) => number(index));
      at += count * numberBytes;
    }
  }
  return [];
}

function fraction(body: Buffer, at: number): number {
  return Math.round(body.readUInt32BE(at) / body.readUInt32BE(at + 4));
}
