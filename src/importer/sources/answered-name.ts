import { parse } from 'content-disposition';
import { fileNameOf } from './file-name.ts';

/**
 * The name of a file in the header `Content-Disposition` (RFC 6266): `filename*` before `filename`; null if there is none, or the header is
 * malformed. Many servers write UTF-8 where only Latin-1 is allowed: what can be read as UTF-8 is.
 * @param header each character is a byte
 */
export function answeredName(header: string | string[] | undefined): string | null {
  if (typeof header !== 'string') return null;
  try {
    const { filename } = parse(header).parameters;
    return filename === undefined ? null : fileNameOf(utf8In(filename));
  } catch {
    return null;
  }
}

function utf8In(text: string): string {
  if (/[^\0-\xff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
