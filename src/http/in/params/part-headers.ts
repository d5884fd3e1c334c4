import { malformedMultipart } from './bad-parameters.ts';

/** The facts in the headers of a multipart part, as sent, one character a byte. */
interface PartHeaders {
  /** The name of the field; null if no header has it. */
  readonly name: string | null;
  /** Null for a text field. */
  readonly filename: string | null;
  readonly contentType: string | null;
}

const FOLDED_LINE = /\r\n[ \t]+/g;
const HEADER = /^(content-(?:disposition|type|id))[ \t]*:[ \t]*([^\r\n]*)/gim;
const PARAMETER = /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s;]*))/g;
const QUOTED_PAIR = /\\(.)/g;
/** The most parameters that Rack reads of a part's disposition. */
const MOST_PARAMETERS = 16;

/**
 * Reads a part's headers as Rack does. The name is that of any disposition, or else the `Content-ID`. If a header or parameter comes
 * twice, the first counts; of several filenames, the first that is not empty.
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
