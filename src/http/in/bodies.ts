import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';

/** What a body may be. docs/api.md, Bodies, has the same table, and a test holds the one against the other. */

export type BodyFormat = 'form' | 'json' | 'multipart';

/** Those of Rails: vendor types such as application/vnd.api+json are not among them. */
export const MEDIA_TYPES: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/x-www-form-urlencoded', 'form'],
  ['application/json', 'json'],
  ['text/x-json', 'json'],
  ['application/jsonrequest', 'json'],
  ['multipart/form-data', 'multipart'],
  ['multipart/related', 'multipart'],
  ['multipart/mixed', 'multipart'],
] as const);

/**
 * Inflates bytes that are there in full, to at most `limit` bytes.
 * @throws `ERR_BUFFER_TOO_LARGE` where there would be more; anything else where they cannot be inflated, to the last one
 */
export type Decoder = (bytes: Buffer, limit: number) => Promise<Buffer>;

/** How Node inflates bytes: it stops at the limit, and cares for errors for as long as its stream lives. */
type Inflate = (bytes: Buffer, options: ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void;

/** "deflate" is the zlib format (RFC 9110, 8.4.1.2), and yet many clients send bare deflate. */
const inflateEither: Inflate = (bytes, ...rest) => (hasZlibHeader(bytes) ? inflate : inflateRaw)(bytes, ...rest);

export const CODINGS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', decoder(gunzip)],
  ['x-gzip', decoder(gunzip)],
  ['deflate', decoder(inflateEither)],
  ['br', decoder(brotliDecompress)],
]);

function decoder(inflating: Inflate): Decoder {
  return (bytes, limit) =>
    new Promise((resolve, reject) => {
      inflating(bytes, { maxOutputLength: limit, info: true }, (error, result) => {
        if (error !== null) return reject(error);
        // That is what `info` gives. Bytes after the end would be lost without a word.
        const { buffer, engine } = result as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
        if (engine.bytesWritten < bytes.length) reject(new Error('there are bytes after the end'));
        else resolve(buffer);
      });
    });
}

/** Nobody zips more often than once or twice. */
const MOST_CODINGS = 3;

/** Up to a comma outside of quotes: what joins two headers of the name is a comma, and the first counts, as in Rails. */
const FIRST = /^[,\s]*((?:[^,"]|"[^"]*"?)*)/;

/** The `Content-Type` without what a proxy or client joined to it; '' where there is none. */
export function firstContentType(header: string | undefined): string {
  if (header === undefined) return '';
  return (header.includes(',') ? (FIRST.exec(header)?.[1] ?? '') : header).trim();
}

/** How a body of that type is read, null where it is not. Without a type it is a form, as in Rack for a POST. */
export function formatOf(contentType: string): BodyFormat | null {
  if (contentType === '') return 'form';
  const end = contentType.indexOf(';');
  const mediaType = end === -1 ? contentType : contentType.slice(0, end);
  return MEDIA_TYPES.get(mediaType.trim().toLowerCase()) ?? null;
}

/** What is to be done to a body to have its plain bytes, in order; null where one of its codings is not known. */
export function decodersOf(contentEncoding: string | undefined): Decoder[] | null {
  if (contentEncoding === undefined) return [];
  const decoders: Decoder[] = [];
  for (const listed of contentEncoding.split(',')) {
    const coding = listed.trim().toLowerCase();
    if (coding === '' || coding === 'identity') continue;
    const decoder = CODINGS.get(coding);
    if (decoder === undefined || decoders.length === MOST_CODINGS) return null;
    // They are listed in the order in which they were applied.
    decoders.unshift(decoder);
  }
  return decoders;
}

function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const header = bytes.readUInt16BE(0);
  return ((header >> 8) & 0x0f) === 8 && header % 31 === 0;
}
