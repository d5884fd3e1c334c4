/** Characters that take two cells of a terminal: those of East Asian scripts, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters that stand on the one before them. */
const COMBINING = /[\p{Mn}\p{Me}]/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** How many cells of a terminal a text takes. It has no control characters. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** A text that is too wide, cut to so many cells, with an ellipsis. */
export function cutTo(text: string, cells: number): string {
  let [kept, width] = ['', 0];
  for (const character of text) {
    width += cellsOf(character);
    if (width >= cells) break;
    kept += character;
  }
  return `${kept}…${' '.repeat(Math.max(0, cells - widthOf(kept) - 1))}`;
}

function cellsOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
