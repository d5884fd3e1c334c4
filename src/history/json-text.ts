/** Recorded text as a JSON value, to be put into other JSON: unchanged, or as a JSON string if it is no JSON. */
export function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/**
 * Recorded text as a JSON object, which typed clients can always read. Other JSON becomes its member `_json`, and text that is no JSON its
 * member `_text`.
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
