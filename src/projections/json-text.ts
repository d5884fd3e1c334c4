/** Recorded text as a JSON value, to be set into other JSON: as it is, or where it is no JSON, as a string of it. */
export function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** A JSON object of members whose values are JSON text. */
export function jsonObject(members: { readonly [name: string]: string }): string {
  return `{${Object.entries(members)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}
