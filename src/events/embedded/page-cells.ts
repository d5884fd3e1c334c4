/** Reads the rows of one page of an SQLite database, which may be damaged. Source: https://sqlite.org/fileformat2.html#b_tree_pages */

/** A column, as far as a log has such ones. */
export type Column = null | number | string;

export interface Cell {
  /** The row's number in a table; null in an index. */
  readonly rowid: number | null;
  readonly columns: readonly Column[];
}

/** Gives the page with a number; null: there is none. */
export type PageOf = (number: number) => Buffer | null;

/** Of a text that is longer, at least one of its bytes is damaged. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/** The most columns that a row of a log has. */
const MOST_COLUMNS = 8;
const MOST_HEAD_BYTES = 40;

/**
 * Every row of a table that any place of the page may be the beginning of: also those that the page itself does not name any more. The
 * caller knows which are sound.
 */
export function* rowsIn(page: Buffer, pageOf: PageOf): Generator<Cell> {
  for (let at = 0; at < page.length - 4; at += 1) {
    const cell = cellAt(page, at, true, pageOf);
    if (cell !== null) yield cell;
  }
}

const LEAF_OF_INDEX = 0x0a;
const INSIDE_OF_INDEX = 0x02;

/** The entries that a page of an index names: they have no checksum, so that other places of the page cannot be told from them. */
export function* entriesIn(page: Buffer, pageOf: PageOf): Generator<Cell> {
  const isInside = page[0] === INSIDE_OF_INDEX;
  if (!isInside && page[0] !== LEAF_OF_INDEX) return;
  const first = isInside ? 12 : 8;
  const count = Math.min(page.readUInt16BE(3), Math.floor((page.length - first) / 2));
  for (let number = 0; number < count; number += 1) {
    const at = page.readUInt16BE(first + 2 * number) + (isInside ? 4 : 0);
    const cell = at < page.length - 4 ? cellAt(page, at, false, pageOf) : null;
    if (cell !== null) yield cell;
  }
}

function cellAt(page: Buffer, at: number, isTable: boolean, pageOf: PageOf): Cell | null {
  const length = varint(page, at);
  if (length === null || length.value < 3 || length.value > LONGEST_RECORD) return null;
  const rowid = isTable ? varint(page, length.end) : { value: null, end: length.end };
  if (rowid === null || (rowid.value !== null && rowid.value < 1)) return null;
  const headBytes = page[rowid.end] as number;
  // Every row of a log begins with a null, since its number is not kept twice: most places are passed over here.
  if (isTable && page[rowid.end + 1] !== 0) return null;
  if (headBytes < 3 || headBytes > MOST_HEAD_BYTES) return null;
  const types = typesIn(page, rowid.end, headBytes);
  if (types === null || headBytes + types.reduce((sum, type) => sum + bytesOf(type), 0) !== length.value) return null;
  const record = recordAt(page, rowid.end, length.value, isTable, pageOf);
  return record && { rowid: rowid.value, columns: columnsOf(record, headBytes, types) };
}

function typesIn(page: Buffer, start: number, headBytes: number): number[] | null {
  const types: number[] = [];
  for (let at = start + 1; at < start + headBytes; ) {
    const type = varint(page, at);
    if (type === null || types.length === MOST_COLUMNS || !isKept(type.value)) return null;
    types.push(type.value);
    at = type.end;
    if (at > start + headBytes) return null;
  }
  return types;
}

/** Null, whole numbers and text. */
function isKept(type: number): boolean {
  return type <= 6 || type === 8 || type === 9 || (type >= 13 && type % 2 === 1);
}

function bytesOf(type: number): number {
  return type >= 13 ? (type - 13) / 2 : ([0, 1, 2, 3, 4, 6, 8][type] ?? 0);
}

/** The bytes of a row, of which the end may be in other pages. */
function recordAt(page: Buffer, start: number, length: number, isTable: boolean, pageOf: PageOf): Buffer | null {
  const usable = page.length;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (length <= most) return start + length <= usable ? page.subarray(start, start + length) : null;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  const here = fitting <= most ? fitting : least;
  if (start + here + 4 > usable) return null;
  const parts = [page.subarray(start, start + here)];
  let next = page.readUInt32BE(start + here);
  for (let left = length - here; left > 0; left -= usable - 4) {
    const more = next === 0 ? null : pageOf(next);
    if (more === null) return null;
    parts.push(more.subarray(4, 4 + Math.min(left, usable - 4)));
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function columnsOf(record: Buffer, headBytes: number, types: readonly number[]): Column[] {
  let at = headBytes;
  return types.map((type) => {
    const start = at;
    at += bytesOf(type);
    if (type === 0) return null;
    if (type === 8 || type === 9) return type - 8;
    if (type >= 13) return record.toString('utf8', start, at);
    return type === 6 ? Number(record.readBigInt64BE(start)) : record.readIntBE(start, at - start);
  });
}

/** A number of one to nine bytes. */
function varint(page: Buffer, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let at = start; at < start + 8; at += 1) {
    const byte = page[at];
    if (byte === undefined) return null;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, end: at + 1 } : null;
  }
  return null;
}
