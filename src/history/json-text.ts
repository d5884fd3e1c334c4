/** Recorded text as a JSON value, to be set into other JSON: as it is, or where it is no JSON, as a string of it. */
export function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/**
 * Recorded text as a JSON object, whatever it is: other JSON as its member `_json`, and what is no JSON as its member `_text`. Typed
 * clients can read what is always an object.
 */
export function asJsonObject(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return jsonObject({ _text: JSON.stringify(text) });
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : jsonObject({ _json: text });
}

/** A JSON object of members whose values are JSON text. */
export function jsonObject(members: { readonly [name: string]: string }): string {
  return `{${Object.entries(members)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}
