const LONGEST = 255;

/** The caller's `X-Request-Id` reduced to `A–Z a–z 0–9 _ - @` and to its first 255 characters; undefined if nothing is left. */
export function callersRequestId(header: string | string[] | undefined): string | undefined {
  const sent = Array.isArray(header) ? header.join('') : (header ?? '');
  return sent.replace(/[^\w\-@]/g, '').slice(0, LONGEST) || undefined;
}
