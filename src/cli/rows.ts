import type { Context } from './context.ts';
import { printable, printableJson } from './printable.ts';
import { Table } from './table.ts';

type Row = { readonly [column: string]: string | null };

/** Prints data: as one JSON object a line with `--json`, else as a table. What is to be copied, an id or a secret, is printed without headers. */
export async function printRows(context: Context, rows: readonly Row[], json: boolean): Promise<void> {
  await rowPrinter(context, json)(rows);
}

/** The same for rows that come one after the other. */
export function rowPrinter(context: Context, json: boolean): (rows: readonly Row[]) => Promise<void> {
  let table: Table | null = null;
  return async (rows) => {
    const [first] = rows;
    if (first === undefined) return;
    if (json) return context.write(rows.map((row) => `${printableJson(JSON.stringify(row))}\n`).join(''));
    const names = Object.keys(first);
    const texts = rows.map((row) => Object.values(row).map((value) => printable(value ?? '-')));
    if (names.length <= 2) return context.write(texts.map((row) => `${row.join('\t')}\n`).join(''));
    table ??= new Table(
      context,
      names.map((name) => ({ name: name.replaceAll('_', ' ') })),
    );
    await table.print(texts);
  };
}
