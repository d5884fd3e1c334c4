/** How each JSON Web Token begins: `{"` in base64url. */
const START = 'eyJ';

/**
 * The text with each JSON Web Token (three or more base64url parts joined by dots) replaced.
 * By hand, as a pattern would take quadratic time over `eyJeyJeyJ…`.
 */
export function filterJwts(text: string, replacement: string): string {
  let start = text.indexOf(START);
  if (start === -1) return text;
  let filtered = '';
  let copied = 0;
  while (start !== -1) {
    const header = endOfPart(text, start);
    const payload = endOfPart(text, header + 1);
    // Every other start in the same run of characters would fail alike, so the search goes on behind it.
    let end = header;
    if (text[header] === '.' && payload > header + 1 && text[payload] === '.') {
      end = payload;
      while (text[end] === '.') end = endOfPart(text, end + 1);
      filtered += text.slice(copied, start) + replacement;
      copied = end;
    }
    start = text.indexOf(START, end);
  }
  return copied === 0 ? text : filtered + text.slice(copied);
}

/** Where the base64url characters from `start` on end. */
function endOfPart(text: string, start: number): number {
  let end = start;
  while (isBase64Url(text.charCodeAt(end))) end++;
  return end;
}

function isBase64Url(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f;
}
