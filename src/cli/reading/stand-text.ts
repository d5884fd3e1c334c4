import { jsonObject } from '../../history/json-text.ts';
import type { Stand } from '../../history/stand.ts';
import type { TimelineEntry } from '../../history/timeline.ts';
import { changesBetween, type FieldChange, fieldsOf } from '../../history/view-changes.ts';
import { changeLine, changesJson } from '../change-text.ts';
import { jsonLine } from '../json-line.ts';
import { printable } from '../printable.ts';

/** The view, for a person. */
export function standText({ folded, problem }: Stand): string {
  const fields = [...fieldsOfView(folded)].map(([field, json]) => `${printable(field)}: ${printable(json)}`);
  return linesOf([revisionText(folded), ...fields], problem);
}

/** The same as one line of JSON, with its line break. */
export function standJson({ folded, problem }: Stand): string {
  const view = jsonObject(Object.fromEntries(fieldsOfView(folded)));
  return jsonLine({ ...revisionMembers(folded), view, problem: JSON.stringify(problem) });
}

/** What changed between two points, the earlier first, for a person. */
export function diffText(from: Stand, to: Stand): string {
  const head = `from ${revisionText(from.folded)} to ${revisionText(to.folded)}`;
  return linesOf([head, ...changes(from, to).map(changeLine)], to.problem);
}

/** The same as one line of JSON, with its line break. */
export function diffJson(from: Stand, to: Stand): string {
  const [earlier, later] = [from, to].map(({ folded }) =>
    folded === null ? 'null' : jsonObject(revisionMembers(folded)),
  );
  return jsonLine({
    from: earlier as string,
    to: later as string,
    changes: changesJson(changes(from, to)),
    problem: JSON.stringify(to.problem),
  });
}

function changes(from: Stand, to: Stand): FieldChange[] {
  return changesBetween(from.folded?.stored?.view ?? null, to.folded?.stored?.view ?? null);
}

function fieldsOfView(folded: TimelineEntry | null): ReadonlyMap<string, string> {
  return folded?.stored ? fieldsOf(folded.stored.view) : new Map();
}

function revisionText(folded: TimelineEntry | null): string {
  if (folded === null) return 'nothing';
  const { event, details } = folded;
  return `revision ${event.revision} (position ${event.position}, ${printable(details.occurredAt ?? 'at an unknown time')})`;
}

function revisionMembers(folded: TimelineEntry | null): { readonly [name: string]: string } {
  if (folded === null) return {};
  const { event, details } = folded;
  return {
    revision: String(event.revision),
    position: `"${event.position}"`,
    occurred_at: JSON.stringify(details.occurredAt),
  };
}

function linesOf(lines: readonly string[], problem: string | null): string {
  const all = problem === null ? lines : [...lines, `! ${printable(problem)}`];
  return `${all.join('\n')}\n`;
}
