/**
 * JSON that keeps numbers as sent: a number that a double would change (`12345678901234567890`, `1.0`, `1e400`) stays text,
 * as `JSON.rawJSON`, and is written back as that text. Everything else is as `JSON.parse` gives it.
 */

interface RawJson {
  readonly rawJSON: string;
}

/** ECMAScript's "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};

/** A number that a double may change: a fraction, an exponent, a negative zero, or 16 digits and more. A match inside a string only costs time. */
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
