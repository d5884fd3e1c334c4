import { printableLines } from './printable.ts';

/** Says something to the person at the terminal, beside the data. */
export function say(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}
