import { setImmediate as nextTurn } from 'node:timers/promises';

const ESCAPED = /[<>&\u2028\u2029]/;

/** In characters. Longer text is escaped as bytes, since many replacements in a text are slow. */
const LONGEST_AS_TEXT = 4_096;

/** How many bytes are escaped in one turn of the event loop. */
const BYTES_A_TURN = 131_072;

/**
 * Escapes JSON as Rails does. In compact JSON, these characters are within strings only. Large JSON becomes bytes: they are sent as
 * they are, while text would be encoded and measured several times.
 */
export async function escapeForHtml(json: string): Promise<string | Buffer> {
  if (json.length > LONGEST_AS_TEXT) return escapedOverBytes(json);
  if (!ESCAPED.test(json)) return json;
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

const [LESS, GREATER, AND, LINE, PARAGRAPH] = ['\\u003c', '\\u003e', '\\u0026', '\\u2028', '\\u2029'].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer, Buffer, Buffer, Buffer];
const LENGTH = LESS.length;

async function escapedOverBytes(json: string): Promise<Buffer> {
  const from = Buffer.from(json);
  if (!ESCAPED.test(json)) return from;
  const pieces: Buffer[] = [];
  for (let start = 0; start < from.length; ) {
    if (start > 0) await nextTurn();
    const piece = Buffer.allocUnsafe((BYTES_A_TURN + LENGTH) * LENGTH);
    const end = Math.min(start + BYTES_A_TURN, from.length);
    let length = 0;
    for (; start < end; start += 1) {
      const written = escapeAt(from, start);
      if (written === null) {
        piece[length] = from[start] as number;
        length += 1;
        continue;
      }
      for (let index = 0; index < LENGTH; index += 1) piece[length + index] = written[index] as number;
      length += LENGTH;
      // These two have three bytes.
      if (written === LINE || written === PARAGRAPH) start += 2;
    }
    pieces.push(piece.subarray(0, length));
  }
  return Buffer.concat(pieces);
}

/** The escape of the character that begins there; null: none is needed. */
function escapeAt(bytes: Uint8Array, at: number): Buffer | null {
  switch (bytes[at]) {
    case 0x3c:
      return LESS;
    case 0x3e:
      return GREATER;
    case 0x26:
      return AND;
    case 0xe2:
      if (bytes[at + 1] !== 0x80) return null;
      if (bytes[at + 2] === 0xa8) return LINE;
      return bytes[at + 2] === 0xa9 ? PARAGRAPH : null;
    default:
      return null;
  }
}
