import { MalformedLine } from './event-line.ts';

/** What one event can be long (a body of 1 MiB, all of it escaped) and room to spare: no more is gathered in search of a line end. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;

const LINE_FEED = 0x0a;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the line end. */
  readonly bytes: Buffer;
  /** Where the next line begins, in bytes from the start of the input. */
  readonly end: number;
}

/**
 * Splits bytes into lines at line feeds alone (`node:readline` would also split at U+2028, which JSON strings may hold). The last line may
 * lack its line feed.
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
 * The text of a line, without the carriage return or the byte order mark that another system may have put there.
 * @throws {MalformedLine} for what is not UTF-8
 */
export function lineText({ bytes }: Line): string {
  try {
    return utf8.decode(bytes).replace(/\r$/, '');
  } catch (error) {
    throw new MalformedLine('it is not UTF-8', error);
  }
}
