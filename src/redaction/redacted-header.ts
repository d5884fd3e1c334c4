/** How long the list may be: each place is a name that a caller or an operator chose, and there may be thousands. */
const LONGEST = 1_000;
const NOT_PLAIN = /[^!-~]+|[,%]/g;

/**
 * The value of `X-Redacted`: the places, as `headers[Authorization], url`. Where they are too many, the list ends in `...`.
 * A character that cannot stand in a header or would end the place is escaped as in a URL.
 */
export function redactedHeader(places: readonly string[]): string {
  let list = '';
  for (const place of places) {
    const shown = place.toWellFormed().replace(NOT_PLAIN, encodeURIComponent);
    const separator = list === '' ? '' : ', ';
    if (list.length + separator.length + shown.length > LONGEST) return `${list}${separator}...`;
    list += separator + shown;
  }
  return list;
}
