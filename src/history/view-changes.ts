import type { ViewDeclarations } from '../projections/views/declare-view.ts';
import { type ViewKind, type Views, views } from '../projections/views.ts';

/** The change of one field of a view. Values are JSON text, so that no number is rounded and no key reordered. Null: there was no field. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

type View = Views[ViewKind];

/** The names of the fields whose text is JSON: a name means the same in every view. */
const JSON_FIELDS = new Set(
  Object.values<ViewDeclarations[string]>(views).flatMap(({ fields }) =>
    Object.keys(fields).filter((field) => fields[field]?.isJson),
  ),
);

/** A field's text as JSON text. */
export function jsonOf(field: string, text: string | null): string {
  return JSON_FIELDS.has(field) && text !== null ? text : JSON.stringify(text);
}

/** The fields of a view in its own order, each with its value as JSON text. */
export function fieldsOf(view: View): ReadonlyMap<string, string> {
  return new Map(Object.entries<string | null>(view).map(([field, text]) => [field, jsonOf(field, text)]));
}

/** The fields in which two views differ, in the order of the later one. Null: there is no view. */
export function changesBetween(before: View | null, after: View | null): FieldChange[] {
  if (before !== null && after !== null && areSame(before, after)) return [];
  return changesIn(before === null ? new Map() : fieldsOf(before), after === null ? new Map() : fieldsOf(after));
}

/** Two views seldom differ where all are compared: then no text is made. */
function areSame(one: View, other: View): boolean {
  const [fields, others] = [Object.entries<string | null>(one), other as unknown as Record<string, string | null>];
  return fields.length === Object.keys(other).length && fields.every(([name, text]) => others[name] === text);
}

/** The same for fields that are JSON text already. */
export function changesIn(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): FieldChange[] {
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((field) => ({ field, before: before.get(field) ?? null, after: after.get(field) ?? null }))
    .filter((change) => change.before !== change.after);
}
