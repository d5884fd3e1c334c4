import { changesBetween, type FieldChange } from '../../history/view-changes.ts';
import type { Stored, Unreadable } from '../../projections/read-model.ts';
import type { ViewKind } from '../../projections/views.ts';

/** How a view comes out otherwise than it was. */
export interface Difference {
  readonly kind: ViewKind;
  readonly id: string;
  readonly what: 'changed' | 'added' | 'removed';
  /** Field by field; `revision` is among them where that differs. */
  readonly changes: readonly FieldChange[];
}

/** A view of either read model, one that this version cannot read, or none. */
export type Side = Stored | Unreadable | null;

/** How two sides differ; null where they do not. What cannot be read has no fields. */
export function differenceOf(kind: ViewKind, id: string, before: Side, after: Side): Difference | null {
  const [earlier, later] = [readable(before), readable(after)];
  const changes = changesBetween(earlier?.view ?? null, later?.view ?? null);
  if (earlier !== null && later !== null && earlier.revision !== later.revision) {
    changes.push({ field: 'revision', before: String(earlier.revision), after: String(later.revision) });
  }
  if (before === null && after === null) return null;
  if (before === null) return { kind, id, what: 'added', changes };
  if (after === null) return { kind, id, what: 'removed', changes };
  return changes.length === 0 ? null : { kind, id, what: 'changed', changes };
}

function readable(side: Side): Stored | null {
  return side === null || 'unreadable' in side ? null : side;
}
