import { malformedMultipart } from './bad-parameters.ts';

/** What the headers of a multipart part say of it; all as sent, one character a byte. */
export interface PartHeaders {
  /** Of the field; null where no header names it. */
  readonly name: string | null;
  /** Null for a text field. */
  readonly filename: string | null;
  readonly contentType: string | null;
}

const FOLDED_LINE = /\r\n[ \t]+/g;
const HEADER = /^(content-(?:disposition|type|id))[ \t]*:[ \t]*([^\r\n]*)/gim;
const PARAMETER = /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s;]*))/g;
const QUOTED_PAIR = /\\(.)/g;
/** Rack looks at so many of a part's disposition. */
const MOST_PARAMETERS = 16;

/**
 * Reads them as Rack does, which goes by `name` whatever the disposition is, and by `Content-ID` without it. Of a header or
 * parameter given twice the first counts; of a filename the first that is not empty.
 * @throws {BadParameters} `malformed_multipart`
 */
export function readPartHeaders(headers: string): PartHeaders {
  let disposition: string | null = null;
  let contentType: string | null = null;
  let contentId: string | null = null;
  for (const [, header = '', value = ''] of headers.replace(FOLDED_LINE, ' ').matchAll(HEADER)) {
    const lower = header.toLowerCase();
    if (lower === 'content-disposition') disposition ??= value;
    else if (lower === 'content-type') contentType ??= value;
    else contentId ??= value;
  }
  let name: string | null = null;
  let filename: string | null = null;
  let parameters = 0;
  for (const [, parameter = '', quoted, plain = ''] of (disposition ?? '').matchAll(PARAMETER)) {
    parameters += 1;
    if (parameters > MOST_PARAMETERS)
      throw malformedMultipart('a part has too many parameters in its Content-Disposition');
    const value = quoted === undefined ? plain : quoted.replace(QUOTED_PAIR, '$1');
    const lower = parameter.toLowerCase();
    if (lower === 'name') name ??= value;
    else if (lower === 'filename' || lower === 'filename*') filename ||= value;
  }
  return { name: name ?? contentId, filename, contentType };
}
