import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { BadParameters } from './bad-parameters.ts';
import { decodeUtf8, NotUtf8 } from './utf8.ts';

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|([^\s";]+))/i;
const UTF8 = /^utf-?8$/;
const ASCII = /^(?:us-)?ascii$/;
const LATIN1 = /^(?:iso-8859-1|latin-?1)$/;
/** With or without a byte-order mark, in either byte order: the name alone does not say which. */
const UTF16 = /^utf-?16$/;
/** Clients send these names for texts that are ASCII or UTF-8. They have ASCII's characters at ASCII's places. */
const READ_AS_UTF8 = /^(?:utf-?8|(?:us-)?ascii|iso-8859-\d{1,2}|latin-?\d|(?:windows-|cp)125\d)$/;

/** The `charset` of a `Content-Type` in lower case; `utf-8` if there is none. */
function charsetOf(contentType: string): string {
  const [, quoted, plain] = CHARSET.exec(contentType) ?? [];
  return (quoted ?? plain ?? 'utf-8').toLowerCase();
}

/**
 * Forms and JSON are read as UTF-8 whatever their type says, as in Rails. Text in another charset is refused because it is not UTF-8.
 * A charset in which even ASCII looks different is refused at once.
 * @throws {BadParameters} `charset_not_read`
 */
export function refuseOtherCharset(contentType: string): void {
  if (READ_AS_UTF8.test(charsetOf(contentType))) return;
  throw new BadParameters(
    'charset_not_read',
    'The charset of the Content-Type is not read. Send the body in UTF-8, with that charset or none.',
  );
}

/** The decoders that were used. The map stays small: there are some forty charsets with two hundred names. */
const decoders = new Map<string, TextDecoder>();

/** Turns the bytes of one part into text; gives a `NotUtf8` if they do not fit its charset. */
type DecodeText = (bytes: Buffer, name: string) => string | NotUtf8;

/**
 * The decoder for a part of a multipart body: a part of `text/plain` is in its own charset, as in Rack; any other is in UTF-8.
 * @param contentType the type of the part; null if it has none
 * @throws {BadParameters} `charset_not_read`
 */
export function partDecoder(contentType: string | null): DecodeText {
  if (contentType === null || !/^text\/plain[ \t]*;/i.test(contentType)) return decodeUtf8;
  const charset = charsetOf(contentType);
  if (UTF8.test(charset)) return decodeUtf8;
  if (ASCII.test(charset)) return (bytes, name) => (isAscii(bytes) ? bytes.toString('latin1') : new NotUtf8(name));
  // For the web, ISO-8859-1 means windows-1252. For Ruby, it means the standard.
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
