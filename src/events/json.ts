/**
 * JSON that keeps what was sent: a number that a double would change (`12345678901234567890`, `1.0`, `1e400`) stays the
 * text it was, as `JSON.rawJSON`, and is written back as that text. Everything else is as `JSON.parse` has it.
 */

interface RawJson {
  readonly rawJSON: string;
}

/** What TypeScript's library does not declare yet of ECMAScript's "JSON.parse source text access". */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};

/** A number token that may not survive a double: a fraction, an exponent, a negative zero, or 16 digits and more. It may also match inside a string; that only costs time. */
const PERHAPS_INEXACT = /(?:^|[:,[\s])-?(?:\d+[.eE]|0(?![.\d])|\d{16})/;

/**
 * Parses JSON text without changing any number.
 * @throws {SyntaxError} for text that is not JSON.
 * @throws {RangeError} for JSON nested too deeply for the engine's stack; check the depth of untrusted text first.
 */
export function parseJson(text: string): unknown {
  if (!PERHAPS_INEXACT.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}

/** Whether a value is a number that `parseJson` kept as text; `rawJSON` has the text. */
export function isNumberAsSent(value: unknown): value is RawJson {
  return json.isRawJSON(value);
}

/** Whether a value is a JSON object: no list, no null, and no number that `parseJson` kept as text. */
export function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumberAsSent(value);
}
