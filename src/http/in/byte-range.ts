/** A part of some bytes: the first and the last one, which both exist. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * The part that a `Range` header asks for. Several ranges, other units and what is malformed do not count, as RFC 9110 (14.2) allows: the
 * answer is the whole then.
 * @param size how many bytes there are
 * @returns null: the whole; `none`: there are no such bytes
 */
export function rangeIn(header: string | undefined, size: number): ByteRange | 'none' | null {
  const [, first, last, suffix] = RANGE.exec(header?.trim() ?? '') ?? [];
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? 'none' : { start: size - length, end: size - 1 };
  }
  if (first === undefined) return null;
  const start = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return null;
  return start >= size ? 'none' : { start, end: Math.min(end, size - 1) };
}
