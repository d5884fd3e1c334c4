/**
 * Text as a store can hold it exactly: as it is, but JSON-escaped where UTF-8 or a store's tools would change it (a lone surrogate,
 * a NUL) and where it would look escaped. One text has one such form, so a filter compares exactly.
 */
export function toStorable<T extends string | null>(text: T): T | string {
  if (text === null) return text;
  const plain = text.isWellFormed() && !text.includes('\0') && !text.startsWith('"');
  return plain ? text : JSON.stringify(text);
}

/** The text that `toStorable` was given. @throws {SyntaxError} no text of ours */
export function fromStorable(stored: unknown): string {
  if (typeof stored !== 'string') throw new SyntaxError(`the store holds ${typeof stored} where text belongs`);
  return stored.startsWith('"') ? JSON.parse(stored) : stored;
}
