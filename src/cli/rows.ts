import type { Context } from './context.ts';
import { printable, printableJson } from './printable.ts';

type Row = { readonly [column: string]: string | null };

/** Prints data: as one JSON object a line with `--json`, else as tab-separated columns. */
export async function printRows(context: Context, rows: readonly Row[], json: boolean): Promise<void> {
  const line = (row: Row) =>
    json
      ? printableJson(JSON.stringify(row))
      : Object.values(row)
          .map((value) => printable(value ?? '-'))
          .join('\t');
  await context.write(rows.map((row) => `${line(row)}\n`).join(''));
}
