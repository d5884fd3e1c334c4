/** The limit of the list: callers and operators choose the names of the places, and there may be thousands. */
const LONGEST = 1_000;
const NOT_PLAIN = /[^!-~]+|[,%]/g;

/**
 * The value of `X-Redacted`: the places, such as `headers[Authorization], url`. If they are too many, the list ends in `...`.
 * A character that is not allowed in a header or would end the place is escaped as in a URL.
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
