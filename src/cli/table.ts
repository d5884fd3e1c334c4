import type { Context } from './context.ts';
import { cutTo, widthOf } from './text-width.ts';

const GAP = '  ';

/** A column is no narrower than that, as long as there is another one to leave out. */
const LEAST = 12;

/** What is shorter than that is not cut, unless nothing else helps: a time, a number, a type. */
const WHOLE = 24;

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** How soon it is left out where the terminal is too narrow: the highest first. Never, unless set. */
  readonly leftOut?: number;
  /** What is to be copied: rather than cut it, others are left out, the last one first. */
  readonly isWhole?: boolean;
}

/**
 * Prints rows as they come. Into a pipe go the texts with tabs between them, for programs. At a terminal they are a table with headers, as wide
 * as the terminal: long texts are cut, and columns that have no room are left out, which is said once. The first rows decide which.
 */
export class Table {
  readonly #context: Context;
  readonly #columns: readonly Column[];
  /** How wide the widest text of each column was so far. */
  #natural: readonly number[];
  /** The indexes of the columns that are shown; null: nothing was printed yet. */
  #shown: readonly number[] | null = null;

  constructor(context: Context, columns: readonly Column[]) {
    this.#context = context;
    this.#columns = columns;
    this.#natural = columns.map(({ name }) => widthOf(name));
  }

  /**
   * @param rows the texts of each, printable already; one may have more of them than there are columns: they come last, on a line of their own
   * @param below what to print below each row, indented
   */
  async print(rows: readonly (readonly string[])[], below: readonly (readonly string[])[] = []): Promise<void> {
    if (rows.length === 0) return;
    const { width } = this.#context;
    const lineOf = width === null ? (row: readonly string[]) => [row.join('\t')] : this.#fitting(rows, width);
    const lines = rows.flatMap((row, index) => [
      ...lineOf(row),
      ...(below[index] ?? []).map((line) => `  ${width === null ? line : line.replaceAll('\t', GAP)}`),
    ]);
    if (width !== null && this.#shown === null) lines.unshift(...this.#begin(lineOf, width));
    await this.#context.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Gives what makes the lines of a row. */
  #fitting(rows: readonly (readonly string[])[], width: number): (row: readonly string[]) => string[] {
    this.#natural = this.#natural.map((most, index) =>
      rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), most),
    );
    const shown = this.#shown ?? this.#withRoom(width);
    const widths = this.#widthsOf(shown, width);
    return (row) => {
      const cells = shown.map((index, place) => cell(row[index] ?? '', widths[place] as number));
      return [cells.join(GAP).trimEnd(), ...row.slice(this.#columns.length).map((text) => `  ${text}`)];
    };
  }

  /** Gives the line of headers, and says what is left out. */
  #begin(lineOf: (row: readonly string[]) => string[], width: number): string[] {
    const shown = this.#withRoom(width);
    this.#shown = shown;
    const names = this.#columns.map(({ name }) => name);
    const leftOut = names.filter((_, index) => !shown.includes(index));
    if (leftOut.length > 0)
      this.#context.say(`For want of width, without ${leftOut.join(', ')}; --json has everything.`);
    return lineOf(names.map((name) => name.toUpperCase()));
  }

  /** The columns that have room, in order. */
  #withRoom(width: number): number[] {
    let shown = [...this.#columns.keys()];
    for (const index of this.#leaving()) {
      if (this.#capOf(shown, width) >= LEAST) break;
      shown = shown.filter((one) => one !== index);
    }
    return shown;
  }

  /** The columns that may be left out, the first one first. */
  #leaving(): number[] {
    const hasWhole = this.#columns.some(({ isWhole }) => isWhole);
    const rankOf = ({ leftOut = 0 }: Column) => leftOut;
    const may = [...this.#columns.entries()].filter(
      ([, { leftOut, isWhole }]) => leftOut !== undefined || (hasWhole && !isWhole),
    );
    return may
      .toSorted(([index, one], [other, another]) => rankOf(another) - rankOf(one) || other - index)
      .map(([index]) => index);
  }

  #widthsOf(shown: readonly number[], width: number): number[] {
    const cap = this.#capOf(shown, width);
    const least = Math.max(1, cap >= LEAST ? cap : this.#capOf(shown, width, false));
    return shown.map((index) => {
      const most = this.#natural[index] as number;
      return cap >= LEAST && this.#isKept(index) ? most : Math.min(most, least);
    });
  }

  /** How wide a column may be, so that all fit. @param isSparing whether what is whole, or short, has what it needs first */
  #capOf(shown: readonly number[], width: number, isSparing = true): number {
    const [kept, open] = [
      shown.filter((index) => isSparing && this.#isKept(index)),
      shown.filter((index) => !isSparing || !this.#isKept(index)),
    ];
    const widths = (those: readonly number[]) => those.map((index) => this.#natural[index] as number);
    return capFor(
      widths(open),
      widths(kept).reduce((rest, most) => rest - most, width - GAP.length * (shown.length - 1)),
    );
  }

  #isKept(index: number): boolean {
    return this.#columns[index]?.isWhole === true || (this.#natural[index] as number) <= WHOLE;
  }
}

/** How wide each of some columns may be, so that all fit into the room: 0 if there is none, any width if nothing is open. */
function capFor(natural: readonly number[], room: number): number {
  let [open, rest] = [natural, room];
  for (;;) {
    if (open.length === 0) return rest >= 0 ? Number.POSITIVE_INFINITY : 0;
    const cap = Math.floor(rest / open.length);
    const short = open.filter((most) => most <= cap);
    if (short.length === 0) return cap;
    rest = short.reduce((sum, most) => sum - most, rest);
    open = open.filter((most) => most > cap);
  }
}

function cell(text: string, most: number): string {
  const width = widthOf(text);
  return width > most ? cutTo(text, most) : text + ' '.repeat(most - width);
}
