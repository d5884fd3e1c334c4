/** The header of a multipart part that says which field it is. */
export interface Disposition {
  /** As sent, one character a byte; null where there is none. */
  readonly name: string | null;
  /** As sent; null for a text field. */
  readonly filename: string | null;
}

const FOLDED_LINE = /\r\n[ \t]+/g;
const DISPOSITION = /^content-disposition[ \t]*:[ \t]*form-data([^\r\n]*)/im;
const PARAMETER = /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s;]*))/g;
const QUOTED_PAIR = /\\(.)/g;

/** Reads the `Content-Disposition: form-data` among a part's headers; of a parameter given twice the first counts. */
export function dispositionOf(headers: string): Disposition {
  const [, parameters = ''] = DISPOSITION.exec(headers.replace(FOLDED_LINE, ' ')) ?? [];
  let name: string | null = null;
  let filename: string | null = null;
  for (const [, parameter = '', quoted, plain = ''] of parameters.matchAll(PARAMETER)) {
    const value = quoted === undefined ? plain : quoted.replace(QUOTED_PAIR, '$1');
    const lower = parameter.toLowerCase();
    if (lower === 'name') name ??= value;
    else if (lower === 'filename' || lower === 'filename*') filename ??= value;
  }
  return { name, filename };
}
