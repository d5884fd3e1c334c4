import { JPG } from 'image-size/types/jpg';
import type { ImageFile } from './image-file.ts';
import { asShown, BadImage, type Size } from './image-format.ts';

/**
 * The size of a JPEG as it is shown: what the package image-size says of the segments that matter. Before its size, a photo of a phone may have
 * megabytes of others; and image-size goes through those that are damaged byte by byte, for seconds. Source: ITU T.81.
 */

const [START, APP0, APP1, SCAN, END] = [0xd8, 0xe0, 0xe1, 0xda, 0xd9];

/** Those of the size, whatever the kind of compression. Between them are tables. */
const SIZES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];

/** These have neither length nor bytes. */
const BARE = [0x01, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, START];

/** An image has some dozens; one with much metadata some hundreds. */
const MOST_SEGMENTS = 4_096;

/** Some programs leave bytes between segments. */
const MOST_BETWEEN = 64 * 1024;

/** @throws {BadImage | RangeError} it is damaged */
export function jpegSize(file: ImageFile): Size {
  const { exif, size } = segmentsOf(file);
  const { width, height } = JPG.calculate(jpegOf(size));
  return asShown({ width, height }, exif === null ? undefined : orientationIn(exif, size));
}

interface Segments {
  /** With its length, and without its marker. */
  readonly exif: Buffer | null;
  readonly size: Buffer;
}

function segmentsOf(file: ImageFile): Segments {
  let exif: Buffer | null = null;
  let at = 2;
  for (let count = 0; count < MOST_SEGMENTS; count += 1) {
    at = nextMarker(file, at);
    const marker = file.part(at, 1).readUInt8();
    at += 1;
    if (BARE.includes(marker)) continue;
    if (marker === SCAN || marker === END) break;
    const length = file.part(at, 2).readUInt16BE();
    const segment = file.part(at, length);
    if (length < 2 || segment.length < length) throw new BadImage('it ends in its head');
    if (SIZES.includes(marker)) return { exif, size: segment };
    if (marker === APP1 && segment.toString('latin1', 2, 6) === 'Exif') exif = segment;
    at += length;
  }
  throw new BadImage('it has no size');
}

/** An image with damaged Exif is shown as if it had none. */
function orientationIn(exif: Buffer, size: Buffer): number | undefined {
  try {
    return JPG.calculate(jpegOf(size, exif)).orientation;
  } catch {
    return undefined;
  }
}

/** The place after the next byte 0xff, and those that fill it up. */
function nextMarker(file: ImageFile, at: number): number {
  const between = file.part(at, MOST_BETWEEN);
  const begins = between.indexOf(0xff);
  if (begins === -1) throw new BadImage('it ends in its head');
  let marker = begins + 1;
  while (between[marker] === 0xff) marker += 1;
  return at + marker;
}

/** An image of these segments only. It begins with an empty one, since image-size passes over the first. */
function jpegOf(size: Buffer, exif?: Buffer): Buffer {
  const first = Buffer.from([0xff, START, 0xff, APP0, 0, 2]);
  const before = exif === undefined ? first : Buffer.concat([first, Buffer.from([0xff, APP1]), exif]);
  return Buffer.concat([before, Buffer.from([0xff, 0xc0]), size]);
}
