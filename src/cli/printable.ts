/** Control characters, and those that turn or break a line: what could drive a terminal, or hide in it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const MOST_CHARACTERS = 500;

/** Text that came from elsewhere (an event, a line, a store), made safe to show at a terminal: on one line, escaped, not endless. */
export function printable(text: string): string {
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return shown.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
