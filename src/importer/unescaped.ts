/** A part of a URL without its escapes. If one of them is malformed, it stays as it is. */
export function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
