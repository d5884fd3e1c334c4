const ESCAPED = /[<>&\u2028\u2029]/;

/** What Rails escapes in JSON. In compact JSON these characters stand within strings only. */
export function escapeForHtml(json: string): string {
  if (!ESCAPED.test(json)) return json;
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
