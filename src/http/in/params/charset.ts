import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { BadParameters } from './bad-parameters.ts';
import { decodeUtf8, NotUtf8 } from './utf8.ts';

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|([^\s";]+))/i;
const UTF8 = /^utf-?8$/;
const ASCII = /^(?:us-)?ascii$/;
const LATIN1 = /^(?:iso-8859-1|latin-?1)$/;
/** With and without a byte-order mark, in either order: which of them is meant cannot be told. */
const UTF16 = /^utf-?16$/;
/** Clients name these for texts that are ASCII, or UTF-8 after all: they have ASCII's characters where ASCII has them. */
const READ_AS_UTF8 = /^(?:utf-?8|(?:us-)?ascii|iso-8859-\d{1,2}|latin-?\d|(?:windows-|cp)125\d)$/;

/** The `charset` of a `Content-Type` in lower case; `utf-8` where there is none. */
function charsetOf(contentType: string): string {
  const [, quoted, plain] = CHARSET.exec(contentType) ?? [];
  return (quoted ?? plain ?? 'utf-8').toLowerCase();
}

/**
 * Forms and JSON are read as UTF-8, as Rails does whatever their type says: what is in another charset is not UTF-8, and is
 * refused for that. Where even ASCII would look otherwise nothing is known of the text.
 * @throws {BadParameters} `charset_not_read`
 */
export function refuseOtherCharset(contentType: string): void {
  if (READ_AS_UTF8.test(charsetOf(contentType))) return;
  throw new BadParameters(
    'charset_not_read',
    'The body is said to be in a charset that is not read: send it in UTF-8, and say so or nothing in its Content-Type.',
  );
}

/** There are some forty of them, under some two hundred names. */
const decoders = new Map<string, TextDecoder>();

/** Turns the bytes of one part into text; a `NotUtf8` where they are not of its charset. */
export type DecodeText = (bytes: Buffer, name: string) => string | NotUtf8;

/**
 * How a part of a multipart body is read: a part of `text/plain` in its own charset, as Rack does, any other in UTF-8.
 * @param contentType the part's; null where it has none
 * @throws {BadParameters} `charset_not_read`
 */
export function partDecoder(contentType: string | null): DecodeText {
  if (contentType === null || !/^text\/plain[ \t]*;/i.test(contentType)) return decodeUtf8;
  const charset = charsetOf(contentType);
  if (UTF8.test(charset)) return decodeUtf8;
  if (ASCII.test(charset)) return (bytes, name) => (isAscii(bytes) ? bytes.toString('latin1') : new NotUtf8(name));
  // The web's ISO-8859-1 is windows-1252; Ruby's is the standard's.
  if (LATIN1.test(charset)) return (bytes) => bytes.toString('latin1');
  const decoder = decoderFor(charset);
  return (bytes, name) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return new NotUtf8(name);
    }
  };
}

function decoderFor(charset: string): TextDecoder {
  const known = decoders.get(charset);
  if (known !== undefined) return known;
  try {
    if (UTF16.test(charset)) throw new RangeError(charset);
    const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
    decoders.set(charset, decoder);
    return decoder;
  } catch {
    throw new BadParameters('charset_not_read', 'A part is in a charset that is not read: send it in UTF-8.');
  }
}
