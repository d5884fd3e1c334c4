/** Control characters, and those that turn or break a line. They could drive a terminal, or hide text in it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const MOST_CHARACTERS = 500;

/** How much of a value is shown if a line has several. */
export const EXCERPT_CHARACTERS = 120;

/** Text that came from elsewhere (an event, a line, a store), made safe to show at a terminal: on one line, escaped, not endless. */
export function printable(text: string, mostCharacters = MOST_CHARACTERS): string {
  const shown = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
  return shown.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same for a text of several lines, such as an error's message. Its lines are kept, at full length. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/** The same for JSON text. It keeps its meaning, and nothing is cut off. */
export function printableJson(json: string): string {
  // This is white space between values: within strings, JSON escapes it.
  return json
    .replace(/[\t\r\n]/g, ' ')
    .replace(UNPRINTABLE, (character) =>
      Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
    );
}

function escaped(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`;
}
