import type { RecordedEvent } from '../../events/event-log.ts';
import { jsonObject } from '../../history/json-text.ts';
import { type TimelineEntry, timelineOf } from '../../history/timeline.ts';
import { eventsUpTo, type Point } from '../../history/view-at.ts';
import { changesBetween, type FieldChange, fieldsOf } from '../../history/view-changes.ts';
import { changeLine, changesJson } from '../change-text.ts';
import { jsonLine } from '../json-line.ts';
import { NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';

/** How an aggregate stood at a point. */
export interface Stand {
  /** How many of its events had happened. */
  readonly events: number;
  /** The last of them that could be folded, with the view after it. */
  readonly folded: TimelineEntry | null;
  /** Of the first of them that could not be folded. */
  readonly problem: string | null;
}

/**
 * @param events of the stream, from its first on
 * @param point undefined is now
 * @throws {NotFound} the stream has no such revision
 */
export function standAt(events: readonly RecordedEvent[], point: Point | undefined): Stand {
  const end = events.length - 1;
  if (point !== undefined && 'revision' in point && point.revision > end) {
    throw new NotFound(`There is no revision ${point.revision}: the last one is ${end}.`);
  }
  const timeline = timelineOf(point === undefined ? events : eventsUpTo(events, point));
  const folded = timeline.findLast(({ problem }) => problem === null) ?? null;
  const failed = timeline.find(({ problem }) => problem !== null);
  const problem = failed === undefined ? null : `Revision ${failed.event.revision} is not in it: ${failed.problem}`;
  return { events: timeline.length, folded, problem };
}

/** The view, for a person. */
export function standText({ folded, problem }: Stand): string {
  const fields = [...fieldsOfView(folded)].map(([field, json]) => `${printable(field)}: ${printable(json)}`);
  return linesOf([placeText(folded), ...fields], problem);
}

export function standJson({ folded, problem }: Stand): string {
  const view = jsonObject(Object.fromEntries(fieldsOfView(folded)));
  return jsonLine({ ...placeMembers(folded), view, problem: JSON.stringify(problem) });
}

/** What changed between two points, the earlier first, for a person. */
export function diffText(from: Stand, to: Stand): string {
  const head = `from ${placeText(from.folded)} to ${placeText(to.folded)}`;
  return linesOf([head, ...changes(from, to).map(changeLine)], to.problem);
}

export function diffJson(from: Stand, to: Stand): string {
  const [earlier, later] = [from, to].map(({ folded }) =>
    folded === null ? 'null' : jsonObject(placeMembers(folded)),
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

function placeText(folded: TimelineEntry | null): string {
  if (folded === null) return 'nothing';
  const { event, details } = folded;
  return `revision ${event.revision} (position ${event.position}, ${printable(details.occurredAt ?? 'at an unknown time')})`;
}

function placeMembers(folded: TimelineEntry | null): { readonly [name: string]: string } {
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
