import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { typedBody } from './bodies.ts';
import { perhapsDamaged } from './damage.ts';
import { mostly } from './hostile-text.ts';

const LARGEST_BODY = 1_000_000;
/** Large bodies are rare, since the log keeps them on the disk. */
const bodies = mostly(typedBody(3_000), typedBody(LARGEST_BODY));

const CODERS: { readonly [coding: string]: (bytes: Buffer) => Buffer } = {
  gzip: (bytes) => gzipSync(bytes),
  'x-gzip': (bytes) => gzipSync(bytes, { level: 1 }),
  deflate: (bytes) => deflateSync(bytes),
  Deflate: (bytes) => deflateRawSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  identity: (bytes) => bytes,
};
const codings = fc.oneof(
  { arbitrary: fc.constant([] as string[]), weight: 6 },
  { arbitrary: fc.array(fc.constantFrom(...Object.keys(CODERS)), { minLength: 1, maxLength: 4 }), weight: 3 },
);

/** Small when zipped, but inflated it has far more bytes than the limit. */
const MOST_BYTES = 2_000_000;

/** A body as it is, zipped once or more, or repeated until it is too large. */
const coded = fc
  .tuple(bodies, codings, mostly(fc.constant(1), fc.constantFrom(40, 20_000)))
  .chain(([{ contentType, body }, names, times]) => {
    const mostTimes = names.length === 0 ? 1 : Math.ceil(MOST_BYTES / (body.length + 1));
    const many: Buffer = Buffer.concat(Array<Buffer>(Math.min(times, mostTimes)).fill(body));
    const bytes = names.reduce((zipped, name) => (CODERS[name] as (bytes: Buffer) => Buffer)(zipped), many as Buffer);
    return perhapsDamaged(fc.constant(bytes)).map((sent) => ({ contentType, codings: names, body: sent }));
  });

/** How a request says where its body ends. The odd ones are wrong. */
const framings = mostly(
  fc.constantFrom('length', 'length', 'chunks'),
  fc.constantFrom('longer', 'shorter', 'both', 'two lengths', 'bad length', 'other transfer', 'bad chunks', 'none'),
);

function framed(framing: string, body: Buffer): readonly [line: string, body: Buffer] {
  const length = `Content-Length: ${body.length}`;
  const chunked = 'Transfer-Encoding: chunked';
  switch (framing) {
    case 'chunks':
      return [chunked, inChunks(body)];
    case 'longer':
      return [`Content-Length: ${body.length + 5}`, body];
    case 'shorter':
      return [`Content-Length: ${Math.max(0, body.length - 5)}`, body];
    case 'both':
      return [`${length}\r\n${chunked}`, inChunks(body)];
    case 'two lengths':
      return [`${length}\r\nContent-Length: ${body.length + 1}`, body];
    case 'bad length':
      return ['Content-Length: -1', body];
    case 'other transfer':
      return ['Transfer-Encoding: gzip, chunked', inChunks(body)];
    case 'bad chunks':
      return [chunked, Buffer.concat([Buffer.from('5;x="\r\n'), body, Buffer.from('\r\n0\r\n')])];
    case 'none':
      return ['X-None: 1', body];
    default:
      return [length, body];
  }
}

function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / 3));
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${chunk.length.toString(16)};x=y\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from(`0\r\nX-Trailer: 1\r\n\r\n`)]);
}

/** The header lines of a body, and its bytes. */
export interface SentBody {
  readonly lines: readonly string[];
  readonly bytes: Buffer;
}

export const sentBody: fc.Arbitrary<SentBody> = fc
  .tuple(coded, framings)
  .map(([{ contentType, codings: names, body }, framing]) => {
    const [line, bytes] = framed(framing, body);
    const lines = [line];
    if (contentType !== null) lines.push(`Content-Type: ${contentType}`);
    if (names.length > 0) lines.push(`Content-Encoding: ${names.join(', ')}`);
    return { lines, bytes };
  });
