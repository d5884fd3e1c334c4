import { printableLines } from './printable.ts';
import { surroundings } from './surroundings.ts';

/** Says something to the person at the terminal, beside the data. */
export function say(text: string): void {
  surroundings().stderr.write(`${printableLines(text)}\n`);
}
