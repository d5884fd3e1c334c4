import { hexDigit } from '../../../redaction/hex-digit.ts';
import { BadParameters, quoteName } from './bad-parameters.ts';
import { decodeUtf8, type NotUtf8 } from './utf8.ts';

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Decodes one name or value of a form or query: `+` is a space, `%41` a byte, and the bytes are UTF-8.
 * @param text the bytes as sent, one character a byte (latin1).
 * @param isAscii whether `text` is known to have no byte above 127, which spares most texts a copy.
 * @param name the parameter that it belongs to, for the error.
 * @throws {BadParameters} `bad_escape` if `%` is not followed by two hexadecimal digits.
 */
export function decodeComponent(text: string, isAscii: boolean, name: string): string | NotUtf8 {
  if (isAscii && !text.includes('%') && !text.includes('+')) return text;
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === PERCENT) {
      const escaped = (hexDigit(bytes[i + 1]) << 4) | hexDigit(bytes[i + 2]);
      if (escaped < 0) throw badEscape(name);
      bytes[length++] = escaped;
      i += 2;
    } else {
      bytes[length++] = byte === PLUS ? SPACE : byte;
    }
  }
  return decodeUtf8(bytes.subarray(0, length), name);
}

function badEscape(name: string): BadParameters {
  return new BadParameters(
    'bad_escape',
    `Parameter ${quoteName(name)} has a % without two hexadecimal digits after it: send a literal % as %25.`,
  );
}
