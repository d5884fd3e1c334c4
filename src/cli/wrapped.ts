/** Longer lines are hard to read. */
const WIDEST = 126;

/**
 * Text of help, wrapped to the width of a terminal. Lines that begin with spaces are kept as they are: they are columns, or commands to copy.
 * @param width in characters
 */
export function wrapped(text: string, width: number): string {
  const most = Math.min(width, WIDEST);
  const paragraphs: string[][] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const isProse = line !== '' && !line.startsWith(' ');
    const last = paragraphs.at(-1);
    if (isProse && isOpen && last !== undefined) last.push(line);
    else paragraphs.push([line]);
    isOpen = isProse;
  }
  return paragraphs.flatMap((lines) => linesOf(lines.join(' '), most)).join('\n');
}

function linesOf(paragraph: string, most: number): string[] {
  if (paragraph.startsWith(' ')) return [paragraph];
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
