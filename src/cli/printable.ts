/** Control characters, and those that turn or break a line: what could drive a terminal, or hide in it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const MOST_CHARACTERS = 500;

/** How much of a value is shown where it is one of several on a line. */
export const EXCERPT_CHARACTERS = 120;

/** Text that came from elsewhere (an event, a line, a store), made safe to show at a terminal: on one line, escaped, not endless. */
export function printable(text: string, mostCharacters = MOST_CHARACTERS): string {
  const shown = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
  return shown.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Text of several lines with words from elsewhere in it, such as an error's message, made safe: its lines stay lines, and whole. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/** JSON text made safe in the same way; it means what it meant, and is as long as it was. */
export function printableJson(json: string): string {
  // White space between values: within strings, JSON has it escaped.
  return json
    .replace(/[\t\r\n]/g, ' ')
    .replace(UNPRINTABLE, (character) =>
      Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
    );
}

function escaped(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`;
}
