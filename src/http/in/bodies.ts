import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';

/** The formats of a body. docs/api.md, Bodies, has the same table; a test compares them. */

export type BodyFormat = 'form' | 'json' | 'multipart';

/** The types of Rails. Vendor types such as application/vnd.api+json are not among them. */
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
 * Inflates a whole body to at most `limit` bytes.
 * @throws `ERR_BUFFER_TOO_LARGE` if there are more; another error if not every byte can be inflated
 */
export type Decoder = (bytes: Buffer, limit: number) => Promise<Buffer>;

/** Inflates by Node, which stops at the limit and listens for errors as long as its stream lives. */
type Inflate = (bytes: Buffer, options: ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void;

/** "deflate" is the zlib format (RFC 9110, 8.4.1.2), but many clients send bare deflate. */
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
        // `info` gives a buffer and an engine. Bytes after the end would be lost silently.
        const { buffer, engine } = result as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
        if (engine.bytesWritten < bytes.length) reject(new Error('there are bytes after the end'));
        else resolve(buffer);
      });
    });
}

/** No real client zips more than twice. */
const MOST_CODINGS = 3;

/** Up to the first comma outside of quotes: a comma joins two headers of this name, and the first one counts, as in Rails. */
const FIRST = /^[,\s]*((?:[^,"]|"[^"]*"?)*)/;

/** The first `Content-Type`, without others that a proxy or client joined to it; '' if there is none. */
export function firstContentType(header: string | undefined): string {
  if (header === undefined) return '';
  return (header.includes(',') ? (FIRST.exec(header)?.[1] ?? '') : header).trim();
}

/** The format of a body of that type; null if the type is not supported. Without a type it is a form, as in Rack for a POST. */
export function formatOf(contentType: string): BodyFormat | null {
  if (contentType === '') return 'form';
  const end = contentType.indexOf(';');
  const mediaType = end === -1 ? contentType : contentType.slice(0, end);
  return MEDIA_TYPES.get(mediaType.trim().toLowerCase()) ?? null;
}

/** The steps that inflate a body, in order; null if one of its codings is unknown. */
export function decodersOf(contentEncoding: string | undefined): Decoder[] | null {
  if (contentEncoding === undefined) return [];
  const decoders: Decoder[] = [];
  for (const listed of contentEncoding.split(',')) {
    const coding = listed.trim().toLowerCase();
    if (coding === '' || coding === 'identity') continue;
    const decoder = CODINGS.get(coding);
    if (decoder === undefined || decoders.length === MOST_CODINGS) return null;
    // The header lists them in the order in which they were applied.
    decoders.unshift(decoder);
  }
  return decoders;
}

function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const header = bytes.readUInt16BE(0);
  return ((header >> 8) & 0x0f) === 8 && header % 31 === 0;
}
