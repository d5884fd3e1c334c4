import { allOf } from '../projections/all-of.ts';
import { type ReadModel, UnreadableView } from '../projections/read-model.ts';
import { printable, printableJson } from './printable.ts';
import { writeToStandardOutput } from './standard-output.ts';

/**
 * Every user or secret, removed and revoked ones too, as rows to print.
 * @throws {UnreadableView}
 */
export function rowsOf(readModel: ReadModel, kind: 'user' | 'secret'): Promise<{ [column: string]: string | null }[]> {
  return Array.fromAsync(allOf(readModel, kind), (paged) => {
    if ('unreadable' in paged) throw new UnreadableView(kind, paged.id, paged.unreadable);
    return { ...paged.view };
  });
}

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
