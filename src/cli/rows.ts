import type { Context } from './context.ts';
import { printable, printableJson } from './printable.ts';
import { Table } from './table.ts';

type Row = { readonly [column: string]: string | null };

/**
 * Prints data: as one JSON object a line with `--json`, else as a table. What is to be copied, an id or a secret, is printed without headers.
 * @param leftOut the columns that are left out first where a terminal is too narrow, in this order
 */
export async function printRows(
  context: Context,
  rows: readonly Row[],
  json: boolean,
  leftOut: readonly string[] = [],
): Promise<void> {
  await rowPrinter(context, json, leftOut)(rows);
}

/** The same for rows that come one after the other. */
export function rowPrinter(
  context: Context,
  json: boolean,
  leftOut: readonly string[] = [],
): (rows: readonly Row[]) => Promise<void> {
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
      names.map((name, index) => ({
        name: name.replaceAll('_', ' '),
        isWhole: index === 0 || name === 'id',
        ...(leftOut.includes(name) && { leftOut: leftOut.length - leftOut.indexOf(name) }),
      })),
    );
    await table.print(texts);
  };
}
