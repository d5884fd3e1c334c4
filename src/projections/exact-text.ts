/**
 * Text in a form that a store holds exactly: unchanged, but JSON-escaped if UTF-8 or a store's tools would change it (a lone surrogate,
 * a NUL) or if it looks escaped. Each text has one form, so a filter compares exactly.
 */
export function toStorable<T extends string | null>(text: T): T | string {
  if (text === null) return text;
  const plain = text.isWellFormed() && !text.includes('\0') && !text.startsWith('"');
  return plain ? text : JSON.stringify(text);
}

/** The text from which `toStorable` made this. @throws {SyntaxError} it is not from `toStorable` */
export function fromStorable(stored: unknown): string {
  if (typeof stored !== 'string') throw new SyntaxError(`the store holds ${typeof stored} instead of text`);
  return stored.startsWith('"') ? JSON.parse(stored) : stored;
}
