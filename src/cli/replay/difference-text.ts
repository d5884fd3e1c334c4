import type { Comparison } from '../../operations/replay/compare-versions.ts';
import type { Difference } from '../../operations/replay/difference.ts';
import { changeLine, changesJson } from '../change-text.ts';
import { counted } from '../counted.ts';
import { jsonLine } from '../json-line.ts';
import { printable } from '../printable.ts';

/** A difference for a person: which view, and below it field by field. */
export function differenceText({ kind, id, what, changes }: Difference): string {
  return [`${what}: ${kind} ${printable(id)}`, ...changes.map((change) => `  ${changeLine(change)}`)].join('\n');
}

/** The same as one line of JSON, with its line break. */
export function differenceJson({ kind, id, what, changes }: Difference): string {
  return jsonLine({
    kind: JSON.stringify(kind),
    id: JSON.stringify(id),
    what: JSON.stringify(what),
    changes: changesJson(changes),
  });
}

/** `3 views changed (album_id in 3), 1 added, 0 removed, 996 equal` */
export function comparisonText({ equal, changed, added, removed, late, fields }: Comparison): string {
  const byField = [...fields].map(([field, count]) => `${printable(field)} in ${count}`).join(', ');
  const parts = [
    `${counted(changed, 'view')} changed${byField === '' ? '' : ` (${byField})`}`,
    `${added} added`,
    `${removed} removed`,
    `${equal} equal`,
  ];
  if (late > 0) parts.push(`${late} that the live version has not caught up with`);
  return parts.join(', ');
}

/** The same as one line of JSON, with its line break. */
export function comparisonJson({ fields, ...counts }: Comparison): string {
  return jsonLine({ what: '"compared"', ...countTexts(counts), fields: JSON.stringify(Object.fromEntries(fields)) });
}

function countTexts(counts: { readonly [name: string]: number }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
}
