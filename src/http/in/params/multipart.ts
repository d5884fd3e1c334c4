import type { Params } from '../../../events/import-events.ts';
import { BadParameters, malformedMultipart, quoteName } from './bad-parameters.ts';
import { partDecoder } from './charset.ts';
import { NestedParams } from './nested-params.ts';
import type { ParameterBudget } from './parameter-budget.ts';
import { readPartHeaders } from './part-headers.ts';
import { notUtf8 } from './utf8.ts';

// Not `Response.formData()`: Node's accepts a boundary in the middle of a line, reads every part before they can be counted,
// refuses names with an escaped quote, which Rack reads, and is asynchronous.

const BOUNDARY = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]+)"|([^\s";,]+))/i;
/** In characters. RFC 2046 allows no more. */
const MAX_BOUNDARY_LENGTH = 70;
const LINE_END = '\r\n';
const HEADERS_END = '\r\n\r\n';
const DASH = 0x2d;
/** The headers of one part, in bytes. They hold its name and type, and a body may have thousands of parts. */
const MAX_HEADERS_LENGTH = 16_384;

/**
 * The reader for a multipart body that is not empty: its text fields, nested like those of a form. A field without a name is named
 * after its type, as in Rack: `text/plain[]`. An empty file field is skipped, since a browser sends one for each file input.
 * The reader throws `malformed_multipart`, `file_not_accepted`, and the errors of a form.
 * @throws {BadParameters} `malformed_multipart` if the type has no boundary
 */
export function multipartReader(contentType: string): (body: Buffer, budget: ParameterBudget) => Params {
  const delimiter = Buffer.from(`${LINE_END}--${boundaryOf(contentType)}`, 'latin1');
  return (body, budget) => parseMultipart(body, delimiter, budget);
}

function parseMultipart(body: Buffer, delimiter: Buffer, budget: ParameterBudget): Params {
  const params = new NestedParams(budget);
  let position = afterFirstDelimiter(body, delimiter);
  while (body[position] !== DASH || body[position + 1] !== DASH) {
    budget.takeOne();
    const headersStart = endOfDelimiterLine(body, position);
    const end = body.indexOf(delimiter, headersStart);
    const headersEnd = body.indexOf(HEADERS_END, headersStart, 'latin1');
    if (end === -1) throw malformedMultipart('it ends before its last boundary');
    if (headersEnd === -1 || headersEnd + HEADERS_END.length > end)
      throw malformedMultipart('a part has no end of headers');
    // As in Rack, which expects at least one header line.
    if (headersEnd === headersStart) throw malformedMultipart('a part has no headers');
    if (headersEnd - headersStart > MAX_HEADERS_LENGTH) {
      throw malformedMultipart(`a part has more than ${MAX_HEADERS_LENGTH} bytes of headers`);
    }
    const headers = body.toString('latin1', headersStart, headersEnd);
    addField(params, headers, body.subarray(headersEnd + HEADERS_END.length, end));
    position = end + delimiter.length;
  }
  // Text after the last boundary is ignored, but a part there would be lost.
  if (body.includes(withoutLineEnd(delimiter), position)) throw malformedMultipart('a boundary follows its last one');
  return params.finish();
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw malformedMultipart('its Content-Type has no boundary');
  if (boundary.length > MAX_BOUNDARY_LENGTH)
    throw malformedMultipart(`its boundary is over ${MAX_BOUNDARY_LENGTH} characters`);
  return boundary;
}

/** The place where the first boundary ends. Text before it, which RFC 2046 allows, is ignored. */
function afterFirstDelimiter(body: Buffer, delimiter: Buffer): number {
  const found = body.indexOf(withoutLineEnd(delimiter));
  if (found === -1) throw malformedMultipart('the boundary of its Content-Type is not in it');
  const before = body.toString('latin1', Math.max(0, found - LINE_END.length), found);
  if (found > 0 && before !== LINE_END) throw malformedMultipart('its first boundary is not on a line of its own');
  return found + delimiter.length - LINE_END.length;
}

function withoutLineEnd(delimiter: Buffer): Buffer {
  return delimiter.subarray(LINE_END.length);
}

/** The line's end is kept, as the start of the headers' end, so that a part without headers is read the same way. */
function endOfDelimiterLine(body: Buffer, start: number): number {
  let position = start;
  while (body[position] === 0x20 || body[position] === 0x09) position++;
  if (body[position] !== 0x0d || body[position + 1] !== 0x0a)
    throw malformedMultipart('a boundary is not on a line of its own');
  return position;
}

function addField(params: NestedParams, headers: string, bytes: Buffer): void {
  const { name: sentName, filename, contentType } = readPartHeaders(headers);
  if (filename === '' && bytes.length === 0) return;
  const name = sentName || `${contentType ?? 'text/plain'}[]`;
  const decode = partDecoder(contentType);
  const text = decode(Buffer.from(name, 'latin1'), name);
  if (typeof text !== 'string') throw notUtf8(name);
  if (filename !== null) {
    throw new BadParameters('file_not_accepted', `Parameter ${quoteName(text)} is a file: send text fields only.`);
  }
  params.add(text, decode(bytes, text));
}
