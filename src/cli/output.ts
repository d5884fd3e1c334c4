/** Prints data: as one JSON object a line with `--json`, else as tab-separated columns. */
export function printRows(rows: readonly { readonly [column: string]: string | null }[], json: boolean): void {
  for (const row of rows) {
    const line = json
      ? JSON.stringify(row)
      : Object.values(row)
          .map((value) => value ?? '-')
          .join('\t');
    process.stdout.write(`${line}\n`);
  }
}

/** Says something to the person at the terminal, beside the data. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
