import type { ViewKind, Views } from '../projections/views.ts';

/** What became of one field of a view. Values are JSON text, so that no number is rounded and no key reordered; null: the field was not there. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

type View = Views[ViewKind];

/** The fields of a view in its order, each with its value as JSON text. */
export function fieldsOf(view: View): ReadonlyMap<string, string> {
  // Of an import, `params` is JSON text already.
  return new Map(
    Object.entries(view).map(([field, value]) => [field, field === 'params' ? value : JSON.stringify(value)]),
  );
}

/** The fields in which two views differ, in the order of the later one; null is "there is no view". */
export function changesBetween(before: View | null, after: View | null): FieldChange[] {
  const earlier = before === null ? new Map<string, string>() : fieldsOf(before);
  const later = after === null ? new Map<string, string>() : fieldsOf(after);
  return [...new Set([...later.keys(), ...earlier.keys()])]
    .map((field) => ({ field, before: earlier.get(field) ?? null, after: later.get(field) ?? null }))
    .filter((change) => change.before !== change.after);
}
