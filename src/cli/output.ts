import { printable, printableJson, printableLines } from './printable.ts';
import { writeToStandardOutput } from './standard-output.ts';

/** Prints data: as one JSON object a line with `--json`, else as tab-separated columns. */
export async function printRows(
  rows: readonly { readonly [column: string]: string | null }[],
  json: boolean,
): Promise<void> {
  const lineOf = (row: (typeof rows)[number]) =>
    json
      ? printableJson(JSON.stringify(row))
      : Object.values(row)
          .map((value) => printable(value ?? '-'))
          .join('\t');
  await writeToStandardOutput(rows.map((row) => `${lineOf(row)}\n`).join(''));
}

/** Says something to the person at the terminal, beside the data. */
export function say(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}
