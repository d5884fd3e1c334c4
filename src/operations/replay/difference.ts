import { changesIn, type FieldChange } from '../../history/view-changes.ts';

/** How a view differs from the one before. */
export interface Difference {
  readonly kind: string;
  readonly id: string;
  readonly what: 'changed' | 'added' | 'removed';
  /** The changed fields; `revision` is one of them if it differs. */
  readonly changes: readonly FieldChange[];
}

/** A view: the revision that it reflects, and each field as JSON text. */
export interface Side {
  readonly revision: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** How two sides differ; null if they do not. */
export function differenceOf(kind: string, id: string, before: Side | null, after: Side | null): Difference | null {
  const changes = changesIn(before?.fields ?? new Map(), after?.fields ?? new Map());
  if (before !== null && after !== null && before.revision !== after.revision) {
    changes.push({ field: 'revision', before: String(before.revision), after: String(after.revision) });
  }
  if (before === null && after === null) return null;
  if (before === null) return { kind, id, what: 'added', changes };
  if (after === null) return { kind, id, what: 'removed', changes };
  return changes.length === 0 ? null : { kind, id, what: 'changed', changes };
}
