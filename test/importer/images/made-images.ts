/** Images that are made for a test, as far as a look reads them. */

export function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', Buffer.alloc(9)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, 'latin1');
  // The checksum is not looked at.
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

/** A segment of a JPEG. @param data without its length */
export function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** @param before what stands before the size */
export function jpeg(width: number, height: number, ...before: readonly Buffer[]): Buffer {
  const size = Buffer.from([8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  size.writeUInt16BE(height, 1);
  size.writeUInt16BE(width, 3);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...before, segment(0xc0, size), Buffer.from([0xff, 0xd9])]);
}

/** The Exif of a JPEG. @param entries how many entries it says that it has; it has one */
export function exif(orientation: number, entries = 1): Buffer {
  const data = Buffer.alloc(32);
  data.write('Exif\0\0MM\0*', 'latin1');
  data.writeUInt32BE(8, 10);
  data.writeUInt16BE(entries, 14);
  data.writeUInt16BE(274, 16);
  data.writeUInt16BE(3, 18);
  data.writeUInt32BE(1, 20);
  data.writeUInt16BE(orientation, 24);
  return segment(0xe1, data);
}

export type Endianness = 'II' | 'MM';

/** A TIFF whose directory is at its end, as most programs write it. @param isBig a BigTIFF */
export function tiff(
  width: number,
  height: number,
  { order = 'II', isBig = false, pixels = 10_000 }: { order?: Endianness; isBig?: boolean; pixels?: number } = {},
): Buffer {
  const number = (value: number, bytes: number) => {
    const buffer = Buffer.alloc(bytes);
    if (bytes === 8) buffer[order === 'II' ? 'writeBigUInt64LE' : 'writeBigUInt64BE'](BigInt(value));
    else buffer[order === 'II' ? 'writeUIntLE' : 'writeUIntBE'](value, 0, bytes);
    return buffer;
  };
  const wide = isBig ? 8 : 4;
  const at = (isBig ? 16 : 8) + pixels;
  const entry = (tag: number, value: number) => [
    number(tag, 2),
    number(4, 2),
    number(1, wide),
    number(value, 4),
    Buffer.alloc(wide - 4),
  ];
  return Buffer.concat([
    Buffer.from(order),
    ...(isBig ? [number(43, 2), number(8, 2), number(0, 2)] : [number(42, 2)]),
    number(at, wide),
    Buffer.alloc(pixels, 1),
    number(2, isBig ? 8 : 2),
    ...entry(256, width),
    ...entry(257, height),
    number(0, wide),
  ]);
}

export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

const uint32 = (...values: readonly number[]) => {
  const buffer = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    buffer.writeUInt32BE(value, 4 * index);
  });
  return buffer;
};

/** What an image of a HEIF has: properties, by their numbers from 1. */
export interface Item {
  readonly id: number;
  readonly properties: readonly number[];
}

export const ispe = (width: number, height: number) => box('ispe', uint32(0, width, height));
/** @param quarters of a turn, to the left */
export const irot = (quarters: number) => box('irot', Buffer.from([quarters]));

/** A HEIF whose main image is `main`. @param before what stands before its description */
export function heif(
  { brand = 'heic', main = 1 }: { brand?: string; main?: number },
  properties: readonly Buffer[],
  items: readonly Item[],
  ...before: readonly Buffer[]
): Buffer {
  const associations = items.map(({ id, properties: numbers }) =>
    Buffer.concat([uint32(id).subarray(2), Buffer.from([numbers.length, ...numbers.map((number) => number | 0x80)])]),
  );
  return Buffer.concat([
    box('ftyp', Buffer.from(brand), uint32(0), Buffer.from('mif1')),
    ...before,
    box(
      'meta',
      uint32(0),
      box('hdlr', Buffer.alloc(24)),
      box('pitm', uint32(0), uint32(main).subarray(2)),
      box('iprp', box('ipco', ...properties), box('ipma', uint32(0, items.length), ...associations)),
    ),
  ]);
}
