import { asJson, jsonObject } from '../history/json-text.ts';
import type { FieldChange } from '../history/view-changes.ts';
import { EXCERPT_CHARACTERS, printable } from './printable.ts';

/** A change as a line for a person: `album_id: null → "5005…"`; a field that is new or gone has one value. */
export function changeLine({ field, before, after }: FieldChange): string {
  const values = [before, after].filter((value) => value !== null).map((value) => printable(value, EXCERPT_CHARACTERS));
  return `${printable(field)}: ${values.join(' → ')}`;
}

/** Changes as a JSON array; `null` if there is no value. A value of a damaged view may be no JSON. */
export function changesJson(changes: readonly FieldChange[]): string {
  return `[${changes.map(changeJson).join(',')}]`;
}

function changeJson({ field, before, after }: FieldChange): string {
  return jsonObject({ field: JSON.stringify(field), before: asJson(before ?? 'null'), after: asJson(after ?? 'null') });
}
