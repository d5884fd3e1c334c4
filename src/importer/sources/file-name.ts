/** Many file systems take no longer names. */
const MOST_BYTES = 255;
/** Controls, and characters that turn the direction of what follows: `gpj.exe` would be shown as `exe.jpg`. */
const NOT_IN_NAMES = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;
const EXTENSION = /\.[^.]{1,15}$/u;

/** The name of a file in what a source or a caller calls it, which may be a path; null if none is left. */
export function fileNameOf(text: string): string | null {
  const last = text.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = last.replaceAll(NOT_IN_NAMES, '').trim();
  return /^\.*$/.test(name) ? null : shortened(name);
}

/** Shortened before its extension, by whole characters. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  const beginning = Buffer.from(name).subarray(0, MOST_BYTES - Buffer.byteLength(extension));
  return new TextDecoder().decode(beginning, { stream: true }) + extension;
}
