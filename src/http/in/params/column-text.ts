import { isNumberAsSent } from '../../../events/json.ts';

/**
 * A parameter as the text of a string column, as Rails casts it: text as it is, a number as its text, `true` as `t`, `false`
 * as `f`; null if it was not sent, and for a list or an object, which no string column can hold.
 */
export function columnText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return isNumberAsSent(value) ? value.rawJSON : null;
}
