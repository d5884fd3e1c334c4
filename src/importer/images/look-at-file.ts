import { BMP } from 'image-size/types/bmp';
import { GIF } from 'image-size/types/gif';
import type { IImage } from 'image-size/types/interface';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';
import { heifSize } from './heif-size.ts';
import { ImageFile } from './image-file.ts';
import { BadImage, type ImageFormat, type Look, type Size } from './image-format.ts';
import { jpegSize } from './jpeg-size.ts';
import { tiffSize } from './tiff-size.ts';

/** Says of what kind an image is, and how large: by its bytes, whatever its name says. It runs in the thread of `look-thread.ts`. */

/** The kind is in so many bytes, and the size of most kinds. */
const HEAD_BYTES = 4_100;

/** The lengths of the second head of a BMP. Its first two bytes alone are those of many texts, too. */
const BMP_HEADS = [12, 16, 40, 52, 56, 64, 108, 124];
const BMP_HEAD_OF_OS2 = 12;

const SIZES: { readonly [format in ImageFormat]: (file: ImageFile) => Size } = {
  jpg: jpegSize,
  png: (file) => sizeBy(PNG, file.part(0, HEAD_BYTES)),
  gif: (file) => sizeBy(GIF, file.part(0, HEAD_BYTES)),
  webp: (file) => sizeBy(WEBP, file.part(0, HEAD_BYTES)),
  bmp: bmpSize,
  tif: tiffSize,
  heic: heifSize,
  avif: heifSize,
};

/** The package that tells kinds, which takes 8 MB: only a thread loads it. The main thread imports the rest, for its compile cache. */
export function fileType() {
  return import('file-type');
}

/** Null: it is no image, or none of the kinds that are taken. @throws {BadImage} @throws errors of the file system */
export async function lookAtFile(path: string): Promise<Look | null> {
  const file = new ImageFile(path);
  try {
    const kind = await kindOf(file);
    if (kind === null) return null;
    const { width, height } = sizeOf(file, kind.format);
    if (!isLength(width) || !isLength(height)) throw new BadImage(`it says that it is ${width}×${height}`);
    return { ...kind, width, height };
  } finally {
    file.close();
  }
}

async function kindOf(file: ImageFile): Promise<Pick<Look, 'format' | 'contentType'> | null> {
  const { fileTypeFromBuffer, fileTypeFromFile } = await fileType();
  const head = file.part(0, HEAD_BYTES);
  // What tells a TIFF from a camera's raw file may be anywhere in it.
  const isTiff = /^(II[*+]\0|MM\0[*+])/.test(head.toString('latin1', 0, 4));
  const type = await (isTiff ? fileTypeFromFile(file.path) : fileTypeFromBuffer(head)).catch(() => undefined);
  if (type === undefined) return isTiff ? { format: 'tif', contentType: 'image/tiff' } : null;
  // Shown by all that show PNGs.
  if (type.ext === 'apng') return { format: 'png', contentType: 'image/png' };
  if (type.ext === 'bmp' && !BMP_HEADS.includes(bmpHead(head))) return null;
  return isFormat(type.ext) ? { format: type.ext, contentType: type.mime } : null;
}

function sizeOf(file: ImageFile, format: ImageFormat): Size {
  try {
    return SIZES[format](file);
  } catch (error) {
    // Those of the file system have one.
    if (error instanceof Error && 'syscall' in error) throw error;
    throw error instanceof BadImage ? error : new BadImage('its head is damaged');
  }
}

function sizeBy(type: IImage, head: Buffer): Size {
  if (!type.validate(head)) throw new BadImage('its head is damaged');
  return type.calculate(head);
}

function bmpSize(file: ImageFile): Size {
  const head = file.part(0, HEAD_BYTES);
  if (bmpHead(head) !== BMP_HEAD_OF_OS2) return sizeBy(BMP, head);
  return { width: head.readUInt16LE(18), height: head.readUInt16LE(20) };
}

function bmpHead(head: Buffer): number {
  return head.length < 26 ? 0 : head.readUInt32LE(14);
}

function isFormat(extension: string): extension is ImageFormat {
  return Object.hasOwn(SIZES, extension);
}

function isLength(pixels: number): boolean {
  return Number.isSafeInteger(pixels) && pixels > 0;
}
