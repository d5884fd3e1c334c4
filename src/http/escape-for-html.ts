const ESCAPED = /[<>&\u2028\u2029]/;

/** Longer text is escaped over its bytes: with many replacements, those of text get slow, and nothing else runs meanwhile. */
const LONGEST_AS_TEXT = 4_096;

/** What Rails escapes in JSON. In compact JSON these characters stand within strings only. */
export function escapeForHtml(json: string): string {
  if (!ESCAPED.test(json)) return json;
  if (json.length > LONGEST_AS_TEXT) return escapedOverBytes(json);
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

function escapedOverBytes(json: string): string {
  const from = new TextEncoder().encode(json);
  let longer = 0;
  for (let at = 0; at < from.length; at += 1) {
    if (escapeAt(from, at) !== null) longer += LENGTH - 1;
  }
  const to = new Uint8Array(from.length + longer);
  let end = 0;
  for (let at = 0; at < from.length; at += 1) {
    const written = escapeAt(from, at);
    if (written === null) {
      to[end] = from[at] as number;
      end += 1;
    } else {
      for (let index = 0; index < LENGTH; index += 1) to[end + index] = written[index] as number;
      end += LENGTH;
      if (written === LINE || written === PARAGRAPH) at += 2;
    }
  }
  return Buffer.from(to.buffer, 0, end).toString();
}

/** What stands for the character that begins there; null: itself. */
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
