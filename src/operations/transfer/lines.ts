import { MalformedLine } from './event-line.ts';

/** The limit of a line: the longest event (a body of 1 MiB, all escaped) and more. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;

const LINE_FEED = 0x0a;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** The line without its line end. */
  readonly bytes: Buffer;
  /** The beginning of the next line, in bytes from the start of the input. */
  readonly end: number;
}

/**
 * Splits bytes into lines, only at line feeds (`node:readline` would also split at U+2028, which JSON strings may hold). The last line
 * may have no line feed.
 * @throws {MalformedLine} for a line that is too long
 */
export async function* linesIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let end = 0;
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;

  for await (const chunk of chunks) {
    let from = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed !== -1; feed = chunk.indexOf(LINE_FEED, from)) {
      const bytes = Buffer.concat([...gathered, chunk.subarray(from, feed)]);
      gathered = [];
      gatheredBytes = 0;
      from = feed + 1;
      number += 1;
      end += bytes.length + 1;
      yield { number, bytes, end };
    }
    gathered.push(chunk.subarray(from));
    gatheredBytes += chunk.length - from;
    if (gatheredBytes > LONGEST_LINE_BYTES) {
      throw new MalformedLine(`Line ${number + 1} is longer than ${LONGEST_LINE_BYTES} bytes`);
    }
  }
  if (gatheredBytes > 0) yield { number: number + 1, bytes: Buffer.concat(gathered), end: end + gatheredBytes };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a line, without a carriage return or a byte order mark of another system.
 * @throws {MalformedLine} it is not UTF-8
 */
export function lineText({ bytes }: Line): string {
  try {
    return utf8.decode(bytes).replace(/\r$/, '');
  } catch (error) {
    throw new MalformedLine('it is not UTF-8', error);
  }
}
