import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../events/event-log.ts';
import { jsonOf } from '../../history/view-changes.ts';
import type { StoredFields, VersionReader } from '../../projections/versions.ts';
import type { ViewShape, ViewShapes } from '../../projections/views/declare-view.ts';
import { type Difference, differenceOf, type Side } from './difference.ts';
import { inStep } from './in-step.ts';

/** The result of comparing two versions, as numbers of views. */
export interface Comparison {
  equal: number;
  changed: number;
  added: number;
  removed: number;
  /** Views of the live version that are not level, because nothing follows it just now: how they will be is not known. */
  late: number;
  /** For each field: in how many changed views it differs. */
  readonly fields: Map<string, number>;
}

export interface Compared {
  readonly log: EventLog;
  readonly live: VersionReader;
  /** The filled version. A follower must be running on it. */
  readonly filled: VersionReader;
  /** The fields of the filled version's views, by kind. */
  readonly shapes: ViewShapes;
}

const VIEWS_A_PAGE = 500;
/** So many views are compared again together. */
const SUSPECTS = 2_000;
/** An event may come while both sides are read. It is very unlikely that this happens so often in one stream. */
const LOOKS = 3;
const LEVEL_WITHIN_MS = 3_000;
const POLL_MS = 20;

/**
 * Compares the live version with the filled one, view by view in the order of their ids, with one page in memory at a time. Both may be
 * written meanwhile: views at different revisions are compared again once both versions are level with the log.
 * @param onDifference is awaited
 * @throws the signal's reason
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function compareVersions(
  { log, live, filled, shapes }: Compared,
  onDifference: (difference: Difference) => Promise<void>,
  signal: AbortSignal,
): Promise<Comparison> {
  const comparison: Comparison = { equal: 0, changed: 0, added: 0, removed: 0, late: 0, fields: new Map() };
  let isLiveFollowed = true;

  for (const [kind, shape] of Object.entries(shapes)) {
    let suspects: string[] = [];
    for await (const { id, before, after } of inStep(allOf(live, shape), allOf(filled, shape))) {
      signal.throwIfAborted();
      if (before?.revision === after?.revision) await count(id, before, after);
      else suspects.push(id);
      if (suspects.length < SUSPECTS) continue;
      await lookAgain(suspects);
      suspects = [];
    }
    await lookAgain(suspects);

    async function count(id: string, before: StoredFields | null, after: StoredFields | null): Promise<void> {
      const difference = differenceOf(kind, id, sideOf(before), sideOf(after));
      if (difference !== null) await onDifference(difference);
      if (before !== null || after !== null) comparison[difference?.what ?? 'equal'] += 1;
      if (difference?.what !== 'changed') return;
      for (const { field } of difference.changes) {
        comparison.fields.set(field, (comparison.fields.get(field) ?? 0) + 1);
      }
    }

    /** Compares views at different revisions again: some differ, and some were only late. */
    async function lookAgain(ids: readonly string[]): Promise<void> {
      let open = ids;
      for (let look = 1; open.length > 0; look += 1) {
        const head = await log.head();
        await reaches(filled, log, head, signal);
        isLiveFollowed &&= await reaches(live, log, head, signal);
        const before = await live.getMany(shape.name, open);
        const after = await filled.getMany(shape.name, open);
        const still: string[] = [];
        for (const id of open) {
          const [one, other] = [before.get(id) ?? null, after.get(id) ?? null];
          const isLate = (one?.revision ?? -1) < (other?.revision ?? -1);
          if (one?.revision !== other?.revision && !isLiveFollowed && isLate) comparison.late += 1;
          else if (one?.revision === other?.revision || look === LOOKS) await count(id, one, other);
          else still.push(id);
        }
        open = still;
      }
    }
  }
  return comparison;
}

async function* allOf(version: VersionReader, { name }: ViewShape): AsyncGenerator<StoredFields> {
  for (let after: string | null = null; ; ) {
    const page: StoredFields[] = await version.page(name, after, VIEWS_A_PAGE);
    yield* page;
    if (page.length < VIEWS_A_PAGE) return;
    after = (page.at(-1) as StoredFields).id;
  }
}

function sideOf(stored: StoredFields | null): Side | null {
  if (stored === null) return null;
  const { revision, fields } = stored;
  return { revision, fields: new Map(Array.from(fields, ([field, text]) => [field, jsonOf(field, text)])) };
}

/** Waits for a moment until everything up to `head` is in the views. Returns whether it is. */
async function reaches(version: VersionReader, log: EventLog, head: bigint, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + LEVEL_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const checkpoint = await version.checkpoint();
    if (checkpoint?.log === log.id && checkpoint.position >= head) return true;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
}
