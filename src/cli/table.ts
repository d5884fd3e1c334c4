import type { Context } from './context.ts';

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
}

/**
 * Prints rows as they come. Into a pipe go the texts with tabs between them, for programs. At a terminal they are a table with headers, as wide
 * as the terminal: long texts are cut, and columns that have no room are left out, which is said once.
 */
export class Table {
  readonly #context: Context;
  readonly #columns: readonly Column[];
  /** The widths that the first rows led to; null for a column that is left out. */
  #widths: readonly (number | null)[] | null = null;

  constructor(context: Context, columns: readonly Column[]) {
    this.#context = context;
    this.#columns = columns;
  }

  /** @param rows the texts of each, printable already; one may have more of them than there are columns: they come last, on a line of their own */
  async print(rows: readonly (readonly string[])[]): Promise<void> {
    if (rows.length === 0) return;
    const { width } = this.#context;
    const lines = width === null ? rows.map((row) => row.join('\t')) : this.#fitted(rows, width);
    await this.#context.write(lines.map((line) => `${line}\n`).join(''));
  }

  #fitted(rows: readonly (readonly string[])[], width: number): string[] {
    const names = this.#columns.map(({ name }) => name);
    const isFirst = this.#widths === null;
    this.#widths ??= this.#widthsFor([names, ...rows], width);
    const widths = this.#widths;
    const linesOf = (row: readonly string[]) => {
      const cells = widths.flatMap((most, index) => (most === null ? [] : [cell(row[index] ?? '', most)]));
      return [cells.join(GAP).trimEnd(), ...row.slice(names.length).map((text) => `  ${text}`)];
    };
    const lines = rows.flatMap(linesOf);
    if (!isFirst) return lines;
    const leftOut = names.filter((_, index) => widths[index] === null);
    if (leftOut.length > 0)
      this.#context.say(`For want of width, without ${leftOut.join(', ')}; --json has everything.`);
    return [...linesOf(names.map((name) => name.toUpperCase())), ...lines];
  }

  #widthsFor(rows: readonly (readonly string[])[], width: number): (number | null)[] {
    const natural = this.#columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
    const left = new Set(natural.keys());
    const leaving = [...natural.keys()]
      .filter((index) => this.#columns[index]?.leftOut !== undefined)
      .sort((one, other) => (this.#columns[other]?.leftOut ?? 0) - (this.#columns[one]?.leftOut ?? 0));
    const room = () => width - GAP.length * (left.size - 1);
    const capOver = (least: number) =>
      capFor(
        [...left].map((index) => natural[index] as number),
        room(),
        least,
      );
    for (const index of leaving) {
      if (capOver(WHOLE) >= LEAST) break;
      left.delete(index);
    }
    const isKept = capOver(WHOLE) >= LEAST;
    const cap = Math.max(1, isKept ? capOver(WHOLE) : capOver(0));
    return natural.map((most, index) =>
      left.has(index) ? (isKept && most <= WHOLE ? most : Math.min(most, cap)) : null,
    );
  }
}

/** How wide a column may be, so that all fit into the room; those that need no more than `whole` keep what they need. */
function capFor(natural: readonly number[], room: number, whole: number): number {
  let open = natural.filter((most) => most > whole);
  let rest = natural.filter((most) => most <= whole).reduce((left, most) => left - most, room);
  for (;;) {
    if (open.length === 0) return rest >= 0 ? Number.POSITIVE_INFINITY : 0;
    const cap = Math.floor(rest / open.length);
    const short = open.filter((most) => most <= cap);
    if (short.length === 0) return cap;
    rest = short.reduce((left, most) => left - most, rest);
    open = open.filter((most) => most > cap);
  }
}

function cell(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text.padEnd(most);
}
